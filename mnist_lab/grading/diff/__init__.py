"""``mnist-lab diff``: say what changed between two results folders.

================== =======================================================================
``command``        compare, print, write the report
``unpacking``      open what someone hands over: a folder or a zip file
``finding``        which folder in it is meant
``compare``        judge two folders, file by file
``verdicts``       THE list of verdicts, and what follows from each
``entries``        judge numbers by their tolerance
``free_values``    judge values that no tolerance fits by shape, kind and range
``contradictions`` what the files of a candidate say against each other
``figures``        judge pictures with their numbers
``likeness``       is it still this figure? The limits, and what they were measured on
``pictures``       read pictures, and see where two differ
``environments``   what differs between two machines, in words
``shown``          someone else's texts, cut and escaped
``tables``         verdicts as plain text
``report``         verdicts as an HTML page
================== =======================================================================
"""
