"""``mnist-lab html``: the executed course as pages that open without network.

================  =================================================
``command``       which pages there are, and what the first one says
``notebook``      one executed notebook as the body of a page
``page.html.jinja``  the frame of every page
================  =================================================
"""
