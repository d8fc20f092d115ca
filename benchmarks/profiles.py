"""What TensorFlow's profiler and oneDNN tell about a training: which kind of work takes which share of a step."""

import re
from collections import Counter
from pathlib import Path

FORWARD, BY_INPUTS, BY_WEIGHTS = "convolution, forward", "convolution, by inputs", "convolution, by weights"
CONVOLUTIONS = (FORWARD, BY_INPUTS, BY_WEIGHTS)
MATRIX_PRODUCT, INPUT, REST = "matrix product", "input pipeline, Python", "rest (loss, accuracy, scaling)"
# the first that is found in "scope/name:Type" of an operation
KINDS = {
    ":.*Conv2DBackpropInput": BY_INPUTS,
    ":.*Conv2DBackpropFilter": BY_WEIGHTS,
    ":.*Conv2D": FORWARD,
    ":.*MatMul": MATRIX_PRODUCT,
    ":.*MaxPool": "pooling",
    "/random_affine": "augmentation",
    "/batch_normalization": "batch normalisation",
    "/dropout": "dropout",
    "/adam": "optimizer",  # adam_1 of a second model
    "/compile_loss": REST,
    ":.*(Bias|Relu|Softmax)": "bias and activation",
    "": REST,
}
ROWS = list(dict.fromkeys([*CONVOLUTIONS, *KINDS.values(), INPUT]))


def read_operations(folder):
    """Return (start, end, operation) in seconds, first start first; operations of the input pipeline are ``INPUT``."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (path,) = Path(folder).rglob("*.xplane.pb")
    space = xplane_pb2.XSpace.FromString(path.read_bytes())
    (plane,) = [plane for plane in space.planes if plane.name == "/host:CPU"]
    operations = []
    for line in plane.lines:
        for event in line.events:
            name = plane.event_metadata[event.metadata_id].name
            if line.name.startswith(("tf_Compute", "tf_data")) and re.fullmatch(r"[^:]+:_?[A-Z]\w*", name):
                start = line.timestamp_ns / 1e9 + event.offset_ps / 1e12
                key = INPUT if line.name.startswith("tf_data") else name
                operations.append((start, start + event.duration_ps / 1e12, key))
    return sorted(operations)


def kind_of(operation):
    """Return the kind of work of an operation.

    Parameters
    ----------
    operation : str or None
        ``scope/name:Type`` as TensorFlow's profiler names it, or ``INPUT``; ``None`` if none runs.

    Examples
    --------
    >>> kind_of("StatefulPartitionedCall/adam/Sub_19:Sub")
    'optimizer'
    """
    if operation in (None, INPUT):
        return INPUT
    return next(kind for pattern, kind in KINDS.items() if re.search(pattern, operation))


def shared_time(intervals):
    """Divide the time from the first beginning to the last end among the intervals that cover it.

    Parameters
    ----------
    intervals : sequence of (start, end, key)

    Returns
    -------
    dict of key to time
        First beginning first. A moment that several intervals cover is divided equally; ``None`` has the moments
        that none covers.

    Examples
    --------
    >>> shared_time([(0, 4, "a"), (2, 4, "b"), (5, 6, "b")])
    {None: 1, 'a': 3.0, 'b': 2.0}
    """
    changes = sorted(
        (moment, step, key) for start, end, key in intervals for moment, step in ((start, 1), (end, -1)) if end > start
    )
    times, running, before = Counter(), Counter(), changes[0][0]
    for moment, step, key in changes:
        count = running.total()
        for name, number in running.items():
            times[name] += (moment - before) * number / count
        if not count:
            times[None] += moment - before
        running[key] += step
        if not running[key]:
            del running[key]
        before = moment
    return {name: spent for name, spent in times.items() if spent}


def percentages(times):
    """Return the share of each kind of work in percent.

    Parameters
    ----------
    times : dict of operation to seconds
        As :func:`shared_time` returns it.
    """
    kinds = Counter()
    for operation, spent in times.items():
        kinds[kind_of(operation)] += spent
    return {kind: round(100 * kinds[kind] / kinds.total(), 2) for kind in ROWS}


def convolution_speeds(times, layers):
    """Return kernel shape and GFLOP/s of each convolution, first layer first, by kind of work.

    Parameters
    ----------
    times : dict of operation to seconds
        As :func:`shared_time` returns it.
    layers : sequence of (kernel shape, floating-point operations of one kind of work)
    """
    layer_of = re.compile(r"(?:StatefulPartitionedCall/)?(?:gradient_tape/)?[^/]+/([^/]+)/")
    convolutions = [
        (layer_of.match(operation)[1], kind_of(operation), spent)
        for operation, spent in times.items()
        if kind_of(operation) in CONVOLUTIONS
    ]
    # layers run in their order, so the first that began is the first
    found = {layer: Counter() for layer, kind, _ in convolutions if kind == FORWARD}
    for layer, kind, spent in convolutions:
        found[layer][kind] += spent
    return [
        {"kernel": kernel} | {kind: round(flops / spent / 1e9, 1) for kind, spent in seconds.items()}
        for (kernel, flops), seconds in zip(layers, found.values(), strict=True)
    ]


def inside_of(percent, gflops, milliseconds):
    """Return the GFLOP/s inside convolutions and products, and the layout changes in percent of a step.

    Parameters
    ----------
    percent : dict of str to float
        Share of each kind of work.
    gflops : float
        Of the whole step.
    milliseconds : dict of str to float
        What oneDNN said; layout changes are their part of its convolutions, ``None`` if it said nothing.
    """
    convolutions = sum(percent[kind] for kind in CONVOLUTIONS)
    layout = milliseconds.get("reorder", 0)
    both = layout + milliseconds.get("convolution", 0)
    return {
        "gflops_in_convolutions_and_products": round(100 * gflops / (convolutions + percent[MATRIX_PRODUCT]), 1),
        "layout_percent": round(convolutions * layout / both, 2) if both else None,
    }


def onednn_milliseconds(lines):
    """Add up the times that oneDNN writes with ONEDNN_VERBOSE=1, by kind of primitive.

    Examples
    --------
    >>> onednn_milliseconds(["onednn_verbose,v1,primitive,exec,cpu,reorder,jit:uni,undef,,,,64x32x3x3,0.5"])
    {'reorder': 0.5}
    """
    times = Counter()
    for line in lines:
        fields = line.strip().split(",")
        if fields[0] == "onednn_verbose" and "exec" in fields:
            times[fields[fields.index("exec") + 2]] += float(fields[-1])
    return {kind: round(spent, 3) for kind, spent in times.items()}
