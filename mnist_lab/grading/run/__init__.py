"""``mnist-lab run``: execute notebooks in fresh kernels and compare their results with the reference.

=============  =====================================================================
``command``    run one after the other, print, compare
``kernel``     one notebook in one fresh kernel
``progress``   which cell is running
``reference``  how a new run takes the place of the reference
=============  =====================================================================
"""
