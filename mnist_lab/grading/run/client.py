"""The client that executes cells: our interpreter, outputs of limited size, and a quiet end."""

import asyncio
import json
import logging

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient

__all__ = ["MOST_KEPT", "end_tasks", "make_client", "merge_streams"]

MOST_KEPT = 20_000_000  # characters of outputs in a whole notebook
_OUTPUTS = ("stream", "display_data", "execute_result", "error", "update_display_data")


class ThisPython(AsyncKernelManager):
    """Starts the interpreter of this process, whatever is registered as python3."""

    @property
    def kernel_spec(self):
        """The kernel's command; ``-P`` keeps modules in the notebook's folder out of the kernel's start."""
        spec = get_kernel_dict()
        spec["argv"].insert(1, "-P")
        return KernelSpec(**spec)


class BoundedClient(NotebookClient):
    """Keeps outputs up to a limit, and says so where it leaves some out."""

    kept = 0

    def process_message(self, msg, cell, cell_index):
        """Process a kernel's message as nbclient does, unless it is an output beyond the limit."""
        if msg["msg_type"] in _OUTPUTS and self.kept <= MOST_KEPT:
            self.kept += _size(msg["content"])
            if self.kept > MOST_KEPT:
                text = f"\n[output cut: a notebook may show {MOST_KEPT:,} characters]\n"
                cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=text))
        if msg["msg_type"] in _OUTPUTS and self.kept > MOST_KEPT:
            return None
        return super().process_message(msg, cell, cell_index)


def _size(content):
    texts = [content.get("text", ""), *content.get("traceback", ()), *content.get("data", {}).values()]
    return sum(len(text) if isinstance(text, str) else len(json.dumps(text)) for text in texts)


def make_client(notebook, folder, timeout):
    """Return a client for a notebook whose kernel works in `folder`."""
    silent = logging.getLogger(f"{__name__}.nbclient")  # errors are told in the table
    silent.disabled = True
    return BoundedClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=ThisPython,
        timeout=max(1, round(timeout)),
        resources={"metadata": {"path": str(folder.resolve())}},
        record_timing=False,
        log=silent,
    )


def merge_streams(outputs):
    r"""Return outputs with what was printed in one piece, stdout before a stderr that follows it.

    Of a line that was printed anew after a carriage return, the last version stays. It is what nbclient does too, but
    with an expression whose time grows with the square of a line's length: 10 MB in one line took it hours.

    Examples
    --------
    >>> new = nbformat.v4.new_output
    >>> [out["text"] for out in merge_streams([new("stream", text="1 %\r2"), new("stream", text=" %\nb")])]
    ['2 %\nb']
    """
    merged, pieces = [], {}
    for output in outputs:
        name = output.get("name") if output["output_type"] == "stream" else None
        if name not in pieces:
            merged.append(output)
        if name is not None:
            pieces.setdefault(name, []).append(output["text"])
    for output in merged:
        if output["output_type"] == "stream":
            lines = "".join(pieces[output["name"]]).split("\n")
            output["text"] = "\n".join(line[line.rfind("\r", 0, len(line) - 1) + 1 :] if line else "" for line in lines)
    for first, second in zip(range(len(merged)), range(1, len(merged)), strict=False):
        if [merged[place].get("name") for place in (first, second)] == ["stderr", "stdout"]:
            merged[first], merged[second] = merged[second], merged[first]
    return merged


def end_tasks():
    """End what a failure or Ctrl-C left waiting in nbclient's event loop, which would otherwise complain on stderr."""
    loop = ensure_event_loop()
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
