"""What profiles say: naming, sharing out and adding up."""

import pytest

from benchmarks import profiles

CALL = "StatefulPartitionedCall/"


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("improved_cnn_1/conv2d_1/BiasAdd:_MklNativeFusedConv2D", profiles.FORWARD),
        ("m/conv2d/convolution:Conv2D", profiles.FORWARD),
        (
            "gradient_tape/m/conv2d_1/convolution/Conv2DBackpropFilter:_MklNativeConv2DBackpropFilterWithBias",
            profiles.BY_WEIGHTS,
        ),
        ("gradient_tape/m/conv2d_1_2/convolution/Conv2DBackpropInput:Conv2DBackpropInput", profiles.BY_INPUTS),
        ("gradient_tape/m/dense_1/MatMul/MatMul_1:_MklMatMul", profiles.MATRIX_PRODUCT),
        ("m/dense_1/Relu:_MklNativeFusedMatMul", profiles.MATRIX_PRODUCT),
        ("gradient_tape/m/max_pooling2d_1/MaxPool2d/MaxPoolGrad:_MklNativeMaxPoolGrad", "pooling"),
        ("m/random_affine_1/ImageProjectiveTransformV3:ImageProjectiveTransformV3", "augmentation"),
        ("gradient_tape/m/batch_normalization_1/moments/mul_1:Mul", "batch normalisation"),
        ("m/dropout_1/stateless_dropout/Mul:Mul", "dropout"),
        ("adam/Sub_19:Sub", "optimizer"),
        ("adam_1/Sub_19:Sub", "optimizer"),
        ("gradient_tape/m/re_lu_1/ReluGrad:ReluGrad", "bias and activation"),
        ("m/dense_1_2/Softmax:_MklSoftmax", "bias and activation"),
        ("compile_loss/categorical_crossentropy/softmax/LogSoftmax:LogSoftmax", profiles.REST),
        ("ArgMax:ArgMax", profiles.REST),
    ],
)
def test_kind_of(operation, kind):
    assert profiles.kind_of(CALL + operation) == kind


@pytest.mark.parametrize("nothing", [None, profiles.INPUT])
def test_where_no_operation_runs_the_input_is_waited_for(nothing):
    assert profiles.kind_of(nothing) == "input pipeline, Python"


def test_a_moment_is_divided_among_those_that_run_in_it():
    times = profiles.shared_time([(10, 16, "a"), (12, 14, "b"), (13, 14, "b"), (20, 21, "c"), (15, 15, "d")])
    # 10-12 a; 12-13 a and b; 13-14 a and twice b; 14-16 a; 16-20 nobody; 20-21 c
    assert times == pytest.approx({"a": 2 + 1 / 2 + 1 / 3 + 2, "b": 1 / 2 + 2 / 3, None: 4, "c": 1})


def test_intervals_that_touch_do_not_overlap():
    assert profiles.shared_time([(0, 1, "a"), (1, 3, "b")]) == {"a": 1, "b": 2}


def test_percentages_of_all_kinds():
    pool, adam = f"{CALL}m/max_pooling2d/MaxPool2d:MaxPool", f"{CALL}adam/Sub:Sub"
    found = profiles.percentages({pool: 1.0, adam: 2.0, f"{CALL}adam/Mul:Mul": 3.0, None: 1.0, profiles.INPUT: 1.0})
    assert list(found) == profiles.ROWS
    assert {kind: share for kind, share in found.items() if share} == {
        "pooling": 12.5,
        "optimizer": 62.5,
        profiles.INPUT: 25.0,
    }


def test_only_executed_primitives_are_added_up():
    lines = [
        "onednn_verbose,v1,info,cpu,runtime:threadpool,nthr:2",
        "onednn_verbose,v1,primitive,create:cache_miss,cpu,convolution,jit,,,,,9.0",
        "onednn_verbose,v1,primitive,exec,cpu,convolution,jit:avx512_core,backward_weights,src:f32,,alg,mb256,3.5",
        "onednn_verbose,primitive,exec,cpu,convolution,jit:avx512_core,forward_training,src:f32,,alg,mb256,1.5",
        "Epoch 1/1",
    ]
    assert profiles.onednn_milliseconds(lines) == {"convolution": 5.0}


def test_speeds_go_to_the_layer_whose_operation_it_is():
    first, second = f"{CALL}m_1/conv2d_9/Relu:_MklNativeFusedConv2D", f"{CALL}m_1/conv2d_3/BiasAdd:_FusedConv2D"
    gradient = f"{CALL}gradient_tape/m_1/conv2d_3/convolution/Conv2DBackpropInput:Conv2DBackpropInput"
    # the profile begins inside a step, with a gradient of the second layer
    times = profiles.shared_time(
        [(0, 1, gradient), (1, 3, first), (3, 4, second), (4, 7, gradient), (8, 9, profiles.INPUT)]
    )
    speeds = profiles.convolution_speeds(times, [((3, 3, 1, 8), 1e9), ((3, 3, 8, 8), 8e9)])
    assert speeds == [
        {"kernel": (3, 3, 1, 8), profiles.FORWARD: 0.5},
        {"kernel": (3, 3, 8, 8), profiles.FORWARD: 8.0, profiles.BY_INPUTS: 2.0},
    ]


def test_layout_changes_are_a_part_of_the_convolutions():
    percent = dict.fromkeys(profiles.ROWS, 0) | {profiles.FORWARD: 30, profiles.BY_WEIGHTS: 10}
    percent[profiles.MATRIX_PRODUCT] = 10
    found = profiles.inside_of(percent, 60.0, {"convolution": 9.0, "reorder": 1.0, "pooling": 5.0})
    assert found == {"gflops_in_convolutions_and_products": 120.0, "layout_percent": 4.0}
    assert profiles.inside_of(percent, 60.0, {})["layout_percent"] is None  # a TensorFlow without oneDNN
