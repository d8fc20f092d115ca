"""``mnist-lab run``: execute notebooks in fresh kernels and compare their results with the reference.

=============  =====================================================================
``command``    run one after the other, print, compare
``places``     where each notebook's parts go
``kernel``     one notebook in one fresh kernel
``client``     what executes its cells
``ending``     how the kernel's process ended, and what it left behind
``progress``   which cell is running
``reference``  how a new run takes the place of the reference
=============  =====================================================================
"""
