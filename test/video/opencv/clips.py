"""Clips of many codecs, sizes and oddities, made by ffmpeg."""

import subprocess
from pathlib import Path

YUV = ["-pix_fmt", "yuv420p"]
X264 = ["-c:v", "libx264", "-preset", "veryfast", *YUV]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"]
VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", *YUV]
# Drops frames and stretches the gaps between the others.
UNEVEN = ["-vf", "select='mod(n\\,7)*mod(n\\,3)',setpts='PTS+N*N*20'", "-fps_mode", "vfr"]

# Name: size, frames, encoding.
CLIPS = {
    "mpeg4.avi": ("320x240", 60, ["-c:v", "mpeg4", "-q:v", "3", "-bf", "2"]),
    "mjpeg.avi": ("176x144", 40, ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"]),
    "mjpeg_444_127x95.mov": ("127x95", 40, ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj444p"]),
    "flv1.flv": ("200x120", 40, ["-c:v", "flv"]),
    "theora.ogv": ("240x180", 40, ["-c:v", "libtheora", "-q:v", "6", *YUV]),
    "vp8.webm": ("320x180", 40, ["-c:v", "libvpx", "-deadline", "realtime", *YUV]),
    "vp9.webm": ("322x182", 40, VP9),
    "vp9_alt_ref.webm": ("160x120", 50, ["-c:v", "libvpx-vp9", "-auto-alt-ref", "1", "-lag-in-frames", "16", *YUV]),
    "av1.mp4": ("320x180", 30, ["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", *YUV]),
    "h264.mp4": ("640x360", 90, X264),
    "h264_b_frames.mkv": ("640x480", 90, [*X264, "-bf", "4", "-g", "40"]),
    "h264_1080p.mp4": ("1920x1080", 24, X264),
    "h264_66x50.mp4": ("66x50", 60, X264),
    "h264_444_127x95.mp4": ("127x95", 60, ["-c:v", "libx264", "-pix_fmt", "yuv444p"]),
    "h264_422_10bit.mp4": ("322x241", 30, ["-c:v", "libx264", "-pix_fmt", "yuv422p10le"]),
    "h264_10bit.mp4": ("320x240", 30, ["-c:v", "libx264", "-pix_fmt", "yuv420p10le"]),
    "h264_rgb.mp4": ("98x76", 30, ["-c:v", "libx264rgb", "-pix_fmt", "rgb24"]),
    "h264_grey.mp4": ("130x98", 30, ["-c:v", "libx264", "-pix_fmt", "gray"]),
    "h264_full_range_bt709.mp4": ("320x240", 30, [*X264, "-color_range", "pc", "-colorspace", "bt709"]),
    "h264_interlaced.mkv": ("352x288", 40, [*X264, "-flags", "+ildct+ilme"]),
    "h264_wide_pixels.mp4": ("180x144", 40, [*X264, "-aspect", "16:9"]),
    "h264_upright.mp4": ("90x320", 40, X264),
    "hevc.mp4": ("416x240", 40, [*X265, *YUV]),
    "hevc_422_10bit.mkv": ("414x233", 30, [*X265, "-pix_fmt", "yuv422p10le"]),
    "prores.mov": ("320x240", 20, ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"]),
    "ffv1_16bit.mkv": ("127x95", 20, ["-c:v", "ffv1", "-pix_fmt", "yuv444p16le"]),
    "ffv1_alpha.mkv": ("64x48", 20, ["-c:v", "ffv1", "-pix_fmt", "bgra"]),
    "gif.gif": ("100x80", 20, []),
    "variable_rate.mkv": ("320x240", 100, [*UNEVEN, *X264]),
    "variable_rate.mp4": ("320x240", 100, [*UNEVEN, *X264]),
    "one_frame.mp4": ("322x242", 1, X264),
    "one_frame.avi": ("64x64", 1, ["-c:v", "mpeg4"]),
    "three_frames.mp4": ("320x240", 3, X264),
    "nine_frames.mp4": ("320x240", 9, X264),
    "one_pixel_high.mkv": ("300x1", 10, ["-c:v", "ffv1", "-pix_fmt", "yuv444p"]),
    "tiny.mkv": ("3x2", 10, ["-c:v", "ffv1", "-pix_fmt", "yuv444p"]),
}


def make_clips(folder, ffmpeg):
    """Writes the clips, and turned copies of one, into `folder`. @returns paths, and names that could not be made."""
    made, failed = [], []
    for name, (size, frames, encoding) in CLIPS.items():
        source = f"testsrc2=size={size}:rate=25,format=gbrp,noise=alls=12:allf=t"
        if min(map(int, size.split("x"))) < 8:
            source = f"nullsrc=size={size}:rate=25,format=yuv444p,geq=random(1)*255:random(2)*255:random(3)*255"
        file = Path(folder, name)
        done = run(ffmpeg, "-f", "lavfi", "-i", source, "-frames:v", str(frames), *encoding, str(file))
        (made if done else failed).append(file)
    for degrees in (90, 180, 270):
        file = Path(folder, f"rotated_{degrees}.mp4")
        upright = Path(folder, "h264.mp4")
        turn = ["-metadata:s:v", f"rotate={degrees}"]
        (made if run(ffmpeg, "-i", str(upright), "-c", "copy", *turn, str(file)) else failed).append(file)
    return made, failed


def run(ffmpeg, *arguments):
    return subprocess.run([ffmpeg, "-nostdin", "-v", "error", "-y", *arguments]).returncode == 0
