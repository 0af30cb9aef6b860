"""The options of `start`."""

import os
from pathlib import Path

import pytest

from options import parse_options
from protocol import SessionError

ROLE = {"role": "chief", "peers": {"chief": "a", "worker-1": "b", "parameter-server": "c"}}


def test_defaults_are_those_of_the_paper() -> None:
    batch_sizes = {"resnet50": (32, 224), "inception-v3": (32, 299), "alexnet": (512, 227)}
    for model, expected in batch_sizes.items():
        options = parse_options({"model": model})
        assert (options.batch_size, options.image_size) == expected
        assert options.series == ("synthetic",)
        assert (options.cluster, options.worker, options.workers, options.own_block(3)) == (None, 0, 1, 3)
        assert (options.warm_up_steps, options.device) == (10, "auto")
        assert options.threads == len(os.sched_getaffinity(0))
        assert options.framework == "tensorflow"


def test_null_means_the_default() -> None:
    assert parse_options({"model": "inception-v3", "imageSize": None}).image_size == 299


def test_everything_can_be_said(tmp_path: Path) -> None:
    options = parse_options(
        {
            "model": "alexnet",
            "batchSize": 2,
            "imageSize": 128,
            "series": {"synthetic": {}, "photographs": {"directory": str(tmp_path)}},
            "warmUpSteps": 0,
            "seed": 7,
            "threads": 1,
            "device": "cpu",
            "learningRate": 0.1,
            "framework": "pytorch",
        }
    )
    assert (options.model.name, options.batch_size, options.image_size) == ("alexnet", 2, 128)
    assert (options.series, options.photographs) == (("synthetic", "photographs"), tmp_path)
    assert (options.warm_up_steps, options.seed, options.threads) == (0, 7, 1)
    assert (options.device, options.learning_rate, options.framework) == ("cpu", 0.1, "pytorch")


def test_a_role_knows_its_place() -> None:
    peers = {"worker-10": "h:7", "parameter-server": "192.0.2.1", "worker-2": "host-2.example:3000", "chief": "a"}
    options = parse_options({"model": "alexnet", "role": "worker-2", "peers": peers})
    assert options.cluster is not None
    assert (options.cluster.role, options.cluster.variable_update) == ("worker-2", "parameter-server")
    assert options.cluster.workers == ["chief", "worker-2", "worker-10"]
    addresses = {role: str(address) for role, address in options.cluster.peers.items()}
    assert addresses["parameter-server"] == "192.0.2.1:2222"
    assert addresses["worker-2"] == "host-2.example:3000"
    assert (options.worker, options.workers) == (1, 3)
    assert [options.own_block(block) for block in range(3)] == [1, 4, 7]


def test_a_parameter_server_needs_no_data() -> None:
    series = {"imagenet": {"directory": "/not/here"}}
    options = parse_options({"model": "alexnet", **ROLE, "role": "parameter-server", "series": series})
    assert (options.series, options.imagenet) == ((), {})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"model": "vgg"}, "option model is 'vgg'; allowed: resnet50, inception-v3, alexnet"),
        ({"model": ["alexnet"]}, "option model is ['alexnet']; allowed"),
        ({"model": None}, "option model is None; allowed"),
        ({"batchSize": 0}, "option batchSize is 0; allowed: a whole number from 1 to 1000000"),
        ({"batchSize": 2.5}, "option batchSize is 2.5"),
        ({"batchSize": True}, "option batchSize is True"),
        ({"batchSize": "4"}, "option batchSize is '4'"),
        ({"imageSize": 31, "model": "inception-v3"}, "at least one pixel"),
        ({"imageSize": 100_000}, "from 1 to 4096"),
        ({"warmUpSteps": -1}, "option warmUpSteps is -1"),
        ({"seed": 2**31}, "option seed is 2147483648"),
        ({"threads": 0}, "option threads is 0"),
        ({"threads": len(os.sched_getaffinity(0)) + 1}, f"from 1 to {len(os.sched_getaffinity(0))}"),
        ({"device": "tpu"}, "option device is 'tpu'; allowed: auto, cpu, gpu"),
        ({"learningRate": 0}, "option learningRate is 0; allowed: a number above 0, at most 1"),
        ({"learningRate": float("nan")}, "option learningRate is nan"),
        ({"series": {}}, "option series is {}"),
        ({"series": ["synthetic"]}, "option series is ['synthetic']"),
        ({"series": {"photograph": {}}}, "photograph is unknown; did you mean photographs?"),
        ({"series": {"synthetic": None}}, "option series.synthetic is None"),
        ({"series": {"synthetic": {"size": 1}}}, "option series.synthetic: size is unknown"),
        ({"series": {"photographs": {}}}, "option series.photographs.directory is None"),
        ({"series": {"photographs": {"folder": "/"}}}, "did you mean directory?"),
        (
            {"series": {"imagenet": {}}},
            "option series.imagenet.directory is None; allowed: the path of a folder of TFRecord",
        ),
        ({"series": {"imagenet": {"directory": "/", "pageCache": "hot"}}}, "pageCache is 'hot'; allowed: warm, cold"),
        ({"series": {"imagenet-cold": {"directory": "/", "pageCache": "warm"}}}, "pageCache is 'warm'; allowed: cold"),
        ({"series": {"imagenet": {"directory": "/", "pagecache": "warm"}}}, "did you mean pageCache?"),
        ({"series": {"synthetic": {"pageCache": "warm"}}}, "option series.synthetic: pageCache is unknown"),
        ({"warmupSteps": 1}, "did you mean warmUpSteps?"),
        ({"framework": "torch"}, "option framework is 'torch'; allowed: tensorflow, pytorch"),
        ({"framework": 1}, "option framework is 1; allowed: tensorflow, pytorch"),
        (
            {**ROLE, "framework": "pytorch"},
            "option variableUpdate is 'parameter-server'; allowed: all-reduce, with framework pytorch",
        ),
        ({"peers": {"chief": "a"}}, "option peers is {'chief': 'a'}; allowed: nothing without the option role"),
        ({"variableUpdate": "all-reduce"}, "allowed: nothing without the option role"),
        ({"role": "worker-0"}, "option role is 'worker-0'; allowed: chief, worker-1, worker-2 and so on"),
        ({"role": "chief"}, "option peers is None; allowed: an object such as"),
        ({**ROLE, "role": "worker-2"}, "every role of the training; worker-2 is missing"),
        ({**ROLE, "peers": {"worker-1": "a", "parameter-server": "b"}, "role": "worker-1"}, "chief is missing"),
        ({**ROLE, "peers": {"chief": "a", "worker-1": "b"}}, "every role of the training; parameter-server is missing"),
        ({**ROLE, "variableUpdate": "all-reduce"}, "no parameter-server with variableUpdate all-reduce"),
        ({**ROLE, "variableUpdate": "ring"}, "option variableUpdate is 'ring'; allowed: parameter-server, all-reduce"),
        ({**ROLE, "peers": {"chief": "a", "ps": "b"}}, "option peers is 'ps'; allowed: the roles chief"),
        ({**ROLE, "peers": {"chief": "a:0"}}, "option peers.chief is 'a:0'; allowed: an IPv4 address or host name"),
        ({**ROLE, "peers": {"chief": "a:65535"}}, "option peers.chief is 'a:65535'"),
        ({**ROLE, "peers": {"chief": "fe80::1"}}, "option peers.chief is 'fe80::1'"),
        ({**ROLE, "peers": {"chief": 7}}, "option peers.chief is 7"),
        ({**ROLE, "peers": {"chief": "a", "parameter-server": "a"}}, "an address and port for each role"),
        ({**ROLE, "peers": {"chief": "a:1", "parameter-server": "a:2"}}, "and the next port of the chief's"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(change: dict[str, object], expected: str) -> None:
    with pytest.raises(SessionError) as caught:
        parse_options({"model": "resnet50", **change})
    assert caught.value.code == "bad-option"
    assert expected in caught.value.message


def test_options_must_be_an_object() -> None:
    with pytest.raises(SessionError, match="options is not an object"):
        parse_options("resnet50")


@pytest.mark.parametrize("series", ["photographs", "imagenet", "imagenet-cold"])
def test_a_missing_folder_is_named(tmp_path: Path, series: str) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(SessionError, match=rf"series\.{series}\.directory.*{missing}.*no such folder") as caught:
        parse_options({"model": "resnet50", "series": {series: {"directory": str(missing)}}})
    assert caught.value.code == "data-not-found"


def test_the_name_of_a_series_says_the_state_of_the_page_cache(tmp_path: Path) -> None:
    directory = {"directory": str(tmp_path)}
    series = {"imagenet": directory, "imagenet-cold": directory}
    options = parse_options({"model": "resnet50", "series": series})
    assert {name: source.page_cache for name, source in options.imagenet.items()} == {
        "imagenet": "warm",
        "imagenet-cold": "cold",
    }
    assert all(source.directory == tmp_path for source in options.imagenet.values())
