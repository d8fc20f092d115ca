"""``mnist-lab preflight``: say which cells will fail on re-execution, and why, without running them.

=============  ============================================================================
``rules``      THE list of rules: whoever adds a rule adds one entry there
``scan``       look at a notebook with every rule
``flow``       follow through names what a re-execution can't repeat
``order``      follow through names what the order of the cells changes
``names``      the names that each statement reads and assigns
``source``     a cell's source as IPython reads it: syntax errors, paths of one machine
``command``    look at notebooks, print the findings
=============  ============================================================================
"""

from mnist_lab.grading.preflight.scan import Finding, preflight

__all__ = ["Finding", "preflight"]
