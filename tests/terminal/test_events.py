import threading

import pytest

from terminal.events import KINDS, WATCHERS_MAX, EventFeed


def told(feed: EventFeed, after: int, most: int = 100) -> list[int]:
    return [event.number for event in feed.read(after, most=most).events]


def tell(feed: EventFeed, count: int) -> None:
    for _ in range(count):
        feed.publish("passage", {"lane": "gate-1", "what": "passed"})


def test_events_are_numbered_without_gap_and_read_from_any_of_them() -> None:
    feed = EventFeed()
    tell(feed, 3)
    assert told(feed, 0) == [1, 2, 3]
    assert told(feed, 2) == [3]
    assert told(feed, 3) == []
    assert told(feed, 0, most=2) == [1, 2]


def test_what_fell_out_of_the_ring_is_told_as_gone_and_what_is_left_is_read() -> None:
    feed = EventFeed(kept=2)
    tell(feed, 4)
    assert feed.read(1, most=9).is_gone
    assert not feed.read(2, most=9).is_gone
    assert told(feed, 2) == [3, 4]


def test_what_was_published_does_not_change_with_what_it_was_made_of() -> None:
    feed, data = EventFeed(), {"lane": "gate-1", "what": "passed"}
    feed.publish("passage", data)
    data["what"] = "forced"
    assert feed.read(0, most=1).events[0].data["what"] == "passed"


@pytest.mark.parametrize("member", ["pseudonym", "code", "presentation"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_names_a_holder_gets_into_an_event(kind: str, member: str) -> None:
    with pytest.raises(ValueError, match=member):
        EventFeed().publish(kind, {member: "0" * 32})


def test_an_unknown_kind_is_a_bug() -> None:
    with pytest.raises(ValueError, match="weather"):
        EventFeed().publish("weather", {"lane": "gate-1"})


def test_ids_of_this_start_are_read_back() -> None:
    feed = EventFeed(boot="0123abcd", kept=2)
    tell(feed, 4)
    assert feed.id_of(4) == "0123abcd-4"
    assert [feed.number_of(feed.id_of(number)) for number in range(1, 6)] == [None, 2, 3, 4, None]


@pytest.mark.parametrize(
    "text",
    [
        *("", "4", "-4", "0123abce-4", "0123abcd-04", "0123abcd--4", "0123abcd-4 ", "0123abcd-٤"),
        "0123abcd-" + "9" * 17,
    ],
)
def test_an_id_that_is_none_of_ours_names_nothing(text: str) -> None:
    feed = EventFeed(boot="0123abcd")
    tell(feed, 5)
    assert feed.number_of(text) is None


def test_two_starts_have_ids_of_their_own() -> None:
    assert EventFeed().boot != EventFeed().boot


def test_who_watches_is_woken_until_he_does_no_more() -> None:
    feed, woken = EventFeed(), []

    def wake() -> None:
        woken.append(feed.last)

    feed.watch(wake)
    tell(feed, 2)
    feed.unwatch(wake)
    tell(feed, 1)
    assert woken == [1, 2]


def test_method_that_watched_is_woken_no_more_though_each_look_at_it_is_another_object() -> None:
    told, woken = EventFeed(), list[threading.Event]()
    for _ in range(2 * WATCHERS_MAX):
        woken.append(threading.Event())
        told.watch(woken[-1].set)
        told.unwatch(woken[-1].set)
    tell(told, 1)
    assert not any(each.is_set() for each in woken)


def test_watchers_are_bounded() -> None:
    feed = EventFeed()
    for _ in range(WATCHERS_MAX):
        feed.watch(lambda: None)
    with pytest.raises(ValueError, match="already"):
        feed.watch(lambda: None)


def test_threads_that_publish_at_once_lose_nothing() -> None:
    feed = EventFeed()
    threads = [threading.Thread(target=tell, args=(feed, 200)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(feed, 0, most=1_000) == list(range(1, 801))
