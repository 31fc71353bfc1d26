"""`publish --git` on real repositories: one readable commit a run, pushed whatever others push, never half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from finews.flows import git_state, site_git
from finews.flows.git_state import Mark
from finews.flows.site_git import Committed
from finews.schema.errors import (
    BusyError,
    FinewsError,
    GitConflictError,
    GitError,
    PushRejectedError,
    RemoteUnreachableError,
    RequestError,
    SettingError,
)
from tests.pipeline.desk import ROOT, Desk, article
from tests.pipeline.old_posts import lay, path, post, rolling
from tests.pipeline.repositories import Repositories, git, hook, second_writer


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repositories:
    """A site and its remote, both empty; no setting of the machine's own git."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    return Repositories(tmp_path)


def test_one_commit_a_run_says_what_changed(there: Repositories) -> None:
    there.lay(1, 2)
    there.lay(3, media="样本晚报", category="yangbenwanbao")
    lay(there.site, {path(4, prefix=""): rolling(4), path(5): post(5, media="c d", category="c-d")})
    lay(
        there.site,
        {"_config.yml": "title: x", "_posts/.finews-0-1-x.md": "half", "secret.txt": "the owner's"},
    )
    lay(there.site, {"_site/index.html": "built", ".jekyll-cache/x": "x"})
    made = there.commit()
    assert made.pushed
    assert made.commit == git(there.bare, "rev-parse", "main")
    assert git(there.site, "log", "-1", "--format=%an <%ae>|%B").strip() == (
        "finews <finews@localhost>|5 new: 样本财经报, c d and 2 more\n\n样本财经报: 2 new\nc d: 1 new\n"
        "东财滚动: 1 new\n样本晚报: 1 new\n\n1 file beside the posts"
    )
    assert set(there.remote_tree()) == {
        "_config.yml",
        *(path(number) for number in (1, 2, 3, 5)),
        path(4, prefix=""),
    }
    assert there.commit() == Committed(commit=None, pushed=False)

    there.lay(1, title="改")
    (there.site / path(2)).unlink()
    (there.site / "old_post").mkdir()
    (there.site / path(3)).rename(there.site / path(3, folder="old_post"))
    there.lay(6)
    assert there.commit(git_name="编辑部", git_email="desk@example.org").pushed
    assert git(there.site, "log", "-1", "--format=%an <%ae>|%cn|%B").strip() == (
        "编辑部 <desk@example.org>|编辑部|1 new, 1 updated, 1 archived, 1 removed: 样本财经报, 样本晚报\n\n"
        "样本财经报: 1 new, 1 updated, 1 removed\n样本晚报: 1 archived"
    )
    (there.site / path(3, folder="old_post")).rename(there.site / path(3))
    lay(there.site, {"index.html": "x"})
    there.commit()
    (there.site / "index.html").write_text("y", encoding="utf-8")
    there.commit()
    assert there.log()[:2] == ["1 file of the site", "1 restored: 样本晚报"]
    # An unchanged post is in no commit but its first.
    written = git(
        there.site, "log", "--format=", "--numstat", "--no-renames", "--", path(4, prefix=""), path(5)
    )
    assert len(written.splitlines()) == 2
    assert git(there.site, "status", "--porcelain").splitlines() == [
        "?? .jekyll-cache/",
        f"?? {path(1).rpartition('/')[0]}/.finews-0-1-x.md",
        "?? _site/",
        "?? secret.txt",
    ]


def test_all_posts_gone_and_a_site_without_posts(there: Repositories) -> None:
    assert there.commit() == Committed(commit=None, pushed=False)
    there.lay(1)
    there.commit()
    (there.site / path(1)).unlink()
    (there.site / "_posts").rmdir()
    assert there.commit().pushed
    assert there.log() == ["1 removed: 样本财经报", "1 new: 样本财经报"]
    there.sound()


def test_what_the_owner_staged_is_the_owners_to_commit(there: Repositories) -> None:
    there.lay(1)
    there.commit()
    lay(there.site, {"about.md": "draft"})
    git(there.site, "add", "about.md")
    there.lay(2)
    there.commit()
    assert git(there.site, "show", "--format=", "--name-only", "HEAD") == path(2)
    assert git(there.site, "status", "--porcelain") == "A  about.md"
    # Also where others' commits come in between.
    there.others_commit({"notes/1.md": "1"})
    there.lay(3)
    assert there.commit().pushed
    assert git(there.site, "status", "--porcelain") == "A  about.md"


def test_a_second_writer_races(there: Repositories) -> None:
    there.lay(0)
    there.commit()
    there.clone()
    runs = 12
    with second_writer(there, 25):
        for number in range(1, runs + 1):
            there.lay(number)
            for _ in range(5):
                try:
                    assert there.commit().pushed or not git(there.site, "log", "origin/main..HEAD")
                    break
                except PushRejectedError:
                    continue
    there.commit()
    assert sorted(there.log(), key=str) == sorted(
        ["1 new: 样本财经报"] * (runs + 1) + [f"others: notes/{number}.md" for number in range(25)]
    )
    assert git(there.site, "rev-list", "--merges", "HEAD") == ""
    there.lay(99)
    there.commit()
    assert there.remote_tree() == there.local_tree()
    touched = git(there.site, "log", "--format=", "--numstat", "--no-renames").splitlines()
    assert len([line for line in touched if line]) == len(there.local_tree()), "a file was written twice"
    there.sound()


@pytest.mark.parametrize("between", [1, 3])
def test_others_push_between_our_fetch_and_our_push(
    there: Repositories, between: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.lay(1)
    there.commit()
    catch_up, left = site_git._catch_up, [between]

    def overtaken(*arguments: object) -> None:
        catch_up(*arguments)  # type: ignore[arg-type]
        if left[0]:
            left[0] -= 1
            there.others_commit({f"notes/{left[0]}.md": "x", path(50 + left[0]): post(50)})

    monkeypatch.setattr(site_git, "_catch_up", overtaken)
    there.others_commit({"notes/first.md": "x"})
    there.lay(2)
    # A file of ours that is being written must never be away, nor come back.
    inode = (there.site / path(2)).stat().st_ino
    assert there.commit().pushed
    assert left == [0]
    assert (there.site / path(2)).stat().st_ino == inode
    assert there.remote_tree() == there.local_tree()
    there.sound()


def test_commits_that_were_not_pushed_go_with_the_next_run(there: Repositories) -> None:
    there.lay(1)
    there.commit()
    there.bare.rename(there.folder / "away.git")
    for number, title in ((2, "一"), (2, "二"), (2, "一"), (3, "三")):
        there.lay(number, title=title)
        with pytest.raises(RemoteUnreachableError, match="goes with the next run"):
            there.commit()
    (there.folder / "away.git").rename(there.bare)
    there.others_commit({"notes/1.md": "1", path(60): post(60)})
    assert there.commit() == Committed(commit=None, pushed=True)
    assert there.remote_tree() == there.local_tree()
    assert there.log() == ["1 new: 样本财经报", "1 updated: 样本财经报", "1 updated: 样本财经报",
                           "1 new: 样本财经报", f"others: notes/1.md, {path(60)}", "1 new: 样本财经报"]  # fmt: skip
    there.sound()


@pytest.mark.slow
def test_a_push_that_is_refused_for_a_while(there: Repositories) -> None:
    there.lay(1)
    hook(there.bare, "pre-receive", 'echo x >> "$GIT_DIR/tries"; [ $(wc -l < "$GIT_DIR/tries") -gt 3 ]')
    assert there.commit().pushed
    assert (there.bare / "tries").read_text(encoding="utf-8").count("x") == 4
    hook(there.bare, "pre-receive", "echo not today >&2; exit 1")
    there.lay(2)
    with pytest.raises(PushRejectedError, match="not today"):
        there.commit()
    assert len(there.log()) == 2
    (there.bare / "hooks" / "pre-receive").unlink()
    assert there.commit() == Committed(commit=None, pushed=True)
    there.sound()


def test_the_same_post_by_both_sides(there: Repositories) -> None:
    there.lay(1, 2)
    there.commit()
    # The same bytes are no conflict, and leave nothing of ours to commit.
    there.others_commit({path(3): post(3), "notes/1.md": "1"})
    there.lay(3)
    assert there.commit().commit == git(there.bare, "rev-parse", "main")
    assert there.log()[0].startswith("others: ")
    before = there.local_tree()
    assert before["notes/1.md"] == b"1"

    there.others_commit(
        {path(1): post(1, title="他们的"), path(2): post(2, title="他们的"), "notes/2.md": "2"}
    )
    there.lay(1, title="我们的")
    (there.site / path(2)).unlink()
    before = there.local_tree()
    with pytest.raises(GitConflictError) as told:
        there.commit()
    assert path(1) in str(told.value)
    assert path(2) in str(told.value)
    assert there.local_tree() == before
    assert there.log()[0] == "1 updated, 1 removed: 样本财经报"
    there.sound()
    # Settled by hand, it goes on.
    git(there.site, "pull", "-q", "--no-rebase", "-s", "ours", "--no-edit", "origin", "main")
    git(there.site, "push", "-q", "origin", "main")
    there.lay(4)
    assert there.commit().pushed
    there.sound()


def test_a_file_in_the_way_of_others_is_left(there: Repositories) -> None:
    there.lay(1)
    there.commit()
    there.others_commit({"notes/1.md": "theirs"})
    lay(there.site, {"notes/1.md": "the owner's"})
    there.lay(2)
    with pytest.raises(GitConflictError, match=r"notes/1\.md"):
        there.commit()
    assert (there.site / "notes/1.md").read_text(encoding="utf-8") == "the owner's"
    (there.site / "notes/1.md").unlink()
    assert there.commit().pushed
    there.sound()


def test_a_merge_that_was_never_pushed_is_told(there: Repositories) -> None:
    there.lay(1)
    there.commit()
    git(there.site, "switch", "-q", "-c", "side")
    git(there.site, "commit", "-q", "--allow-empty", "-m", "side")
    git(there.site, "switch", "-q", "main")
    git(there.site, "merge", "-q", "--no-ff", "--no-edit", "side")
    there.others_commit({"notes/1.md": "1"})
    with pytest.raises(GitError, match="a merge that was never pushed"):
        there.commit()


@pytest.mark.parametrize(
    "stage", ["pre-commit", "post-index-change", "reference-transaction", "post-commit", "pre-push"]
)
@pytest.mark.parametrize(
    "whom", ["both", *(pytest.param(each, marks=pytest.mark.slow) for each in ("git", "finews"))]
)
def test_a_kill_in_the_middle_of_a_commit(there: Repositories, stage: str, whom: str) -> None:
    """A hook kills git, finews or both; the next run carries on, and one post is in one commit."""
    there.lay(1)
    there.commit()
    victims = {"git": "$PPID", "finews": "$FINEWS_TEST_PID", "both": "$FINEWS_TEST_PID $PPID"}[whom]
    flag = there.folder / "killed"
    script = f"[ -e {flag} ] || {{ : > {flag}; kill -9 {victims}; sleep 0.3; }}"
    hook(there.site / ".git", stage, f"FINEWS_TEST_PID=$(cat {there.folder}/pid)\n{script}")
    there.lay(2)
    there.others_commit({"notes/1.md": "1"})
    ended = _commit_in_a_process(there)
    assert flag.exists(), "the hook was passed"
    if whom != "git":
        assert ended == -signal.SIGKILL
    (there.site / ".git" / "hooks" / stage).unlink()
    there.commit()
    assert there.remote_tree() == there.local_tree()
    assert sorted(there.log()) == ["1 new: 样本财经报", "1 new: 样本财经报", "others: notes/1.md"]
    there.sound()


def _commit_in_a_process(there: Repositories) -> int:
    script = (
        "import os, sys, pathlib; from tests.pipeline.repositories import commit_site; "
        "from finews.schema.settings import Settings; from finews.schema.errors import FinewsError\n"
        "pathlib.Path(sys.argv[1], 'pid').write_text(str(os.getpid()))\n"
        "try: commit_site(Settings.load(home=sys.argv[1], site_dir=sys.argv[1] + '/site'))\n"
        "except FinewsError as error: sys.exit(str(error))"
    )
    return subprocess.run(
        [sys.executable, "-c", script, str(there.folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        timeout=60,
    ).returncode


@pytest.mark.parametrize("half", ["nothing", "a part", "all but the branch"])
def test_a_kill_while_others_files_are_brought(there: Repositories, half: str) -> None:
    lay(there.site, {"notes/gone.md": "x"})
    there.lay(1)
    git(there.site, "add", "-A")
    there.commit()
    git(there.site, "commit", "-q", "-m", "notes")
    there.commit()
    other = there.clone()
    (other / "notes/gone.md").unlink()
    there.others_commit({"notes/1.md": "1" * 1000, "notes/2.md": "2"})
    git(there.site, "fetch", "-q")
    old, new = git(there.site, "rev-parse", "HEAD"), git(there.site, "rev-parse", "origin/main")
    Mark(there.site / ".git" / "finews-mark").set(old, new)
    if half == "a part":
        lay(there.site, {"notes/1.md": "1" * 10})
        (there.site / ".git" / "index.lock").touch()
    elif half == "all but the branch":
        git(there.site, "read-tree", "-m", "-u", old, new)
    there.lay(2)
    assert there.commit().pushed
    assert there.remote_tree() == there.local_tree()
    assert there.log()[:2] == ["1 new: 样本财经报", "others: notes/1.md, notes/2.md"]
    there.sound()


def test_anothers_lock_is_waited_for_and_not_removed(
    there: Repositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.lay(1)
    lock = there.site / ".git" / "index.lock"
    lock.touch()
    monkeypatch.setattr(git_state, "_PATIENCE", 0.3)
    with pytest.raises(BusyError, match="remove that file"):
        there.commit()
    assert lock.exists()
    lock.unlink()
    assert there.commit().pushed


def test_two_runs_at_once_take_turns(there: Repositories, monkeypatch: pytest.MonkeyPatch) -> None:
    there.lay(1)
    hook(there.site / ".git", "pre-commit", "sleep 1.5")
    script = "import sys; from finews.schema.settings import Settings; from finews.flows.site_git import commit_site; "
    script += "commit_site(Settings.load(home=sys.argv[1], site_dir=sys.argv[1] + '/site'))"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(there.folder)], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    while not (there.site / ".git" / "finews-mark").exists():
        assert process.poll() is None
        time.sleep(0.02)
    with monkeypatch.context() as patch:
        patch.setattr(site_git, "_WAIT", 0.2)
        with pytest.raises(BusyError, match="another run"):
            there.commit()
    assert there.commit() == Committed(commit=None, pushed=False)
    assert process.wait() == 0
    there.sound()


def test_an_interrupt_ends_git_and_the_next_run_carries_on(there: Repositories) -> None:
    there.lay(1)
    hook(there.site / ".git", "pre-commit", f"echo $$ > {there.folder}/hook; sleep 60")
    script = "import sys; from finews.schema.settings import Settings; from finews.flows.site_git import commit_site; "
    script += "commit_site(Settings.load(home=sys.argv[1], site_dir=sys.argv[1] + '/site'))"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(there.folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    while not (there.folder / "hook").exists() or not (there.folder / "hook").read_text(encoding="utf-8"):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    pid = int((there.folder / "hook").read_text(encoding="utf-8"))
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    (there.site / ".git" / "hooks" / "pre-commit").unlink()
    assert there.commit().pushed
    there.sound()


@pytest.mark.parametrize("name", ["pre-commit", "pre-push"])
def test_a_hook_of_the_owner_that_says_no(there: Repositories, name: str) -> None:
    there.lay(1)
    hook(there.site / ".git", name, "echo the owner says no >&2; exit 1")
    with pytest.raises(GitError, match="the owner says no"):
        there.commit()
    (there.site / ".git" / "hooks" / name).unlink()
    assert there.commit().pushed
    assert there.log() == ["1 new: 样本财经报"]


def test_a_remote_out_of_reach_keeps_its_secrets(there: Repositories) -> None:
    there.lay(1)
    for address in ("http://me:open-sesame@127.0.0.1:9/site.git", "http://me:open/sesame@127.0.0.1:9/x.git",
                    "ssh://me:open-sesame@127.0.0.1:9/site.git", str(there.folder / "nowhere.git")):  # fmt: skip
        git(there.site, "remote", "set-url", "origin", address)
        with pytest.raises(RemoteUnreachableError) as told:
            there.commit()
        assert "sesame" not in str(told.value)
        assert "\n" not in str(told.value)
    assert there.log() == ["1 new: 样本财经报"]


def test_wrong_requests(there: Repositories, monkeypatch: pytest.MonkeyPatch) -> None:
    there.lay(1)
    with pytest.raises(RequestError, match="has no remote elsewhere"):
        there.commit(git_remote="elsewhere")
    for name in ("http://me:pw@x/y", "-f", "a..b"):
        with pytest.raises(SettingError) as told:
            there.commit(git_remote=name)
        assert "pw" not in str(told.value)
    with pytest.raises(RequestError, match="within the git repository"):
        there.commit(site_dir=there.site / "_posts")
    with pytest.raises(RequestError, match="is no git repository"):
        there.commit(site_dir=there.bare.parent)
    with pytest.raises(RequestError, match="there is no site"):
        there.commit(site_dir=there.folder / "none")
    git(there.site, "commit", "-q", "--allow-empty", "-m", "x")
    git(there.site, "switch", "-q", "--detach")
    with pytest.raises(RequestError, match="no branch is checked out"):
        there.commit()
    assert there.log("main") == ["x"]
    git(there.site, "switch", "-q", "main")
    # Where a hook of another repository calls, the environment leads elsewhere.
    monkeypatch.setenv("GIT_DIR", str(there.bare))
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert there.commit(git_branch="pages").pushed
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git(there.bare, "log", "--format=%s", "pages").splitlines() == ["1 new: 样本财经报", "x"]


def test_without_a_remote_it_is_committed(there: Repositories) -> None:
    there.lay(1)
    git(there.site, "remote", "remove", "origin")
    made = there.commit()
    assert (made.commit, made.pushed) == (git(there.site, "rev-parse", "HEAD"), False)


def test_the_remotes_history_is_another(there: Repositories) -> None:
    there.others_commit({"notes/1.md": "1"})
    there.lay(1)
    with pytest.raises(GitError, match="another history"):
        there.commit()


def test_the_command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    desk.publish(article(1))
    desk.ingest(article(1))
    ran = desk.run("publish", "--git")
    assert (ran.status, "is no git repository" in ran.err) == (2, True), ran.err
    desk.site.rename(desk.folder / "posts")
    there = Repositories(desk.folder)
    (desk.folder / "posts" / "_posts").rename(desk.site / "_posts")
    ran = desk.run("publish", "--git", "--json")
    assert ran.status == 0, ran.err
    assert (ran.json["unchanged"], ran.json["pushed"]) == (1, True)
    assert ran.json["commit"] == git(there.bare, "rev-parse", "main")
    ran = desk.run("publish", "--git", "--json")
    assert (ran.json["commit"], ran.json["pushed"]) == (None, False)
    assert "nothing to commit" in desk.run("publish", "--git").out
    desk.newsroom.edit(article(1).info_code, title="改过的标题")
    desk.ingest(article(1))
    there.bare.rename(desk.folder / "away.git")
    ran = desk.run("publish", "--git", "--json")
    assert (ran.status, ran.json["error"]) == (3, "RemoteUnreachable")
    assert ran.err.count("finews: ") == 1, ran.err
    assert "Traceback" not in ran.err
    (desk.folder / "away.git").rename(there.bare)
    assert "pushed" in desk.run("publish", "--git").out
    assert there.log("origin/main") == ["1 updated: 样本财经报", "1 new: 样本财经报"]
    there.sound()
    assert issubclass(RemoteUnreachableError, FinewsError)
