"""``mnist-lab diff``: say what changed between two results folders.

================  =======================================================================
``command``       compare, print, write the report
``unpacking``     find the results in what someone hands over: a folder or a zip file
``compare``       judge two folders, file by file
``verdicts``      THE list of verdicts, and what follows from each
``entries``       judge numbers by their tolerance
``pictures``      read pictures, and see where two differ
``environments``  what differs between two machines, in words
``tables``        verdicts as plain text
``report``        verdicts as an HTML page
================  =======================================================================
"""
