"""How little of FFmpeg a source of frames gets to use.

FFmpeg speaks dozens of protocols and formats, and follows what a stream names: a playlist at a
camera's address may name files of this machine. Each kind of source has what it needs, and no
more. The options are FFmpeg's (`ffmpeg -h full`); OpenCV takes them from the environment, as
`key;value|key;value`, at each opening.
"""

import os
from collections.abc import Mapping

from drivers.camera.naming import scheme_of

_VARIABLE = "OPENCV_FFMPEG_CAPTURE_OPTIONS"

# Where one is redirected to, its owner did not write into the settings. The FFmpeg in OpenCV's
# wheels before 4.14 has no such option, and follows within the protocols allowed.
_NO_REDIRECTS = {"max_redirects": "0"}
_MJPEG = {"format_whitelist": "mpjpeg,mjpeg", "codec_whitelist": "mjpeg", **_NO_REDIRECTS}
# Over the one connection that it was opened with: no ports are opened that anybody may send to.
_RTSP = {
    "rtsp_transport": "tcp",
    "format_whitelist": "rtsp",
    "codec_whitelist": "h264,hevc,mjpeg,mpeg4",
    "allowed_media_types": "video",
}

_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "http": {"protocol_whitelist": "http,tcp", **_MJPEG},
    "https": {"protocol_whitelist": "https,tls,tcp", **_MJPEG},
    "rtsp": {"protocol_whitelist": "tcp", **_RTSP},
    "rtsps": {"protocol_whitelist": "tls,tcp", **_RTSP},
    "": {"protocol_whitelist": "file"},  # a path
}


def restrict_ffmpeg(name: str) -> bool:
    """Let FFmpeg use what this address or path needs; return whether it may be opened at all.

    It holds for openings from now on, in this process.
    """
    options = _OPTIONS.get(scheme_of(name))
    if options is None:
        return False
    os.environ[_VARIABLE] = "|".join(f"{key};{value}" for key, value in options.items())
    return True
