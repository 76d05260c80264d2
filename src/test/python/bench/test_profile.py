"""What the profile makes of what async-profiler has seen."""

from pathlib import Path

import pytest

from launcher.errors import LauncherError
from measuring import profile_bench
from measuring.profile_bench import Result

COLLAPSED = """\
[loop tid=7];java/lang/Thread.run_[j];io/netty/channel/Loop.run_[j];io/manymodels/routing/Router.predict_[j] 30
[loop tid=7];java/lang/Thread.run_[j];io/netty/channel/Loop.run_[j] 20
[loop tid=7];java/lang/Thread.run_[j];io/netty/channel/Loop.run_[j];send;do_syscall_64_[k] 40
[loop tid=7];java/lang/Thread.run_[j];ai/onnxruntime/OrtSession.run_[j];Java_run;MlasGemm 10
"""


def test_a_sample_belongs_to_its_innermost_frame() -> None:
    shares = profile_bench.owners(COLLAPSED)
    assert shares["Many Models"] == pytest.approx(0.3)
    assert shares["Netty"] == pytest.approx(0.2)
    assert shares["kernel"] == pytest.approx(0.4)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert "ONNX Runtime, Java side" not in shares


def test_section_names_owners_and_graphs() -> None:
    shares = profile_bench.owners(COLLAPSED)
    text = profile_bench.text(Result(1234.0, {"Dispatcher": shares, "Deployment1": shares}), Path("docs"), "- about")
    assert "1234 requests/s" in text
    assert "| kernel | 40% | 40% |" in text
    assert "(../docs/flame-dispatcher.html)" in text


def test_no_samples_are_an_error() -> None:
    with pytest.raises(LauncherError, match="seen nothing"):
        profile_bench.owners("")
