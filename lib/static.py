"""Puts static libraries together into one whose hidden names are local:
static.py OUT.a LD OBJCOPY AR IN.a..."""
import os
import subprocess
import sys


def main():
    out, ld, objcopy, ar = sys.argv[1:5]
    whole = out[: -len(".a")] + ".o"
    subprocess.run([ld, "-r", "-o", whole, "--whole-archive", *sys.argv[5:]], check=True)
    subprocess.run([objcopy, "--localize-hidden", whole], check=True)
    if os.path.exists(out):
        os.remove(out)
    subprocess.run([ar, "rcsD", out, whole], check=True)
    os.remove(whole)


if __name__ == "__main__":
    main()
