import pytest

from central.errors import BadRequest
from central.site import Site
from central.slips import slip_text
from protocol.enrolment import code_octets, new_code
from protocol.enrolment_slip import SITE_CHARACTERS_MAX, read_slip
from tests.central.peers import START
from verifier.model import UnixSeconds

END = UnixSeconds(START + 900)


@pytest.mark.parametrize(
    "url", ["centre.example", "ftp://x", "https://a b", "https://" + "a" * 200]
)
def test_an_address_that_is_none_is_told_to_the_operator(site: Site, url: str) -> None:
    with pytest.raises(BadRequest, match="--url wants an address"):
        slip_text(site, new_code(), END, url=url)


def test_a_place_that_is_too_long_is_told_to_the_operator(site: Site) -> None:
    with pytest.raises(BadRequest, match=f"at most {SITE_CHARACTERS_MAX} letters"):
        slip_text(site, new_code(), END, place="x" * (SITE_CHARACTERS_MAX + 1))


def test_a_slip_brings_the_code_and_names_the_centre(site: Site) -> None:
    code = new_code()
    read = read_slip(slip_text(site, code, END, url="https://centre.example", place="hall 2"))
    assert read.secret == code_octets(code)
    assert (read.expires_at, read.root) == (END, site.pin[:16])
    assert (read.url, read.site) == ("https://centre.example", "hall 2")
