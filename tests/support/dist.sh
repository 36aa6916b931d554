#!/bin/sh
# dist.sh: dist/esihelp-VERSION-ARCH.tar.gz, a folder that runs wherever it is unpacked on a Linux
# whose C library is as new as this machine's: program, library, the libraries that they need,
# headers, kb/ and checksums. It is then tried in a root that holds nothing else, without a network.
set -eu
cd "$(dirname "$0")/../.."

version=$(sed -n 's/^#define ESI_VERSION "\(.*\)"/\1/p' include/esihelp/version.h)
name=esihelp-$version-$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/$name

# The old kind of rpath also holds for the libraries of libraries.
[ -f build/dist/build.ninja ] || meson setup build/dist -Dbuildtype=release -Dtests=disabled \
    --prefix=/esihelp --libdir=lib "-Dc_link_args=-Wl,-rpath,\$ORIGIN,--disable-new-dtags" >build/dist.log
ninja -C build/dist >build/dist.log
meson install -C build/dist --no-rebuild --strip --destdir "$work/staged" >build/dist.log
mv "$work/staged/esihelp" "$tree"
# Linked statically, the library would need its libraries' headers and archives, too.
rm "$tree/lib/libesihelp.a"
sed -i '/^Requires.private:/d; /^Libs.private:/d' "$tree/lib/pkgconfig/esihelp.pc"
mv "$tree/share/doc/esihelp"/* "$tree/"
rmdir -p "$tree/share/doc/esihelp" 2>/dev/null || true

# The libraries of others, and their licences. The C library stays the machine's own.
needed() { ldd "$tree/bin/esihelp" "$tree/lib/libesihelp.so" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u; }
mkdir -p "$tree/licences"
for path in $(needed); do
    case ${path##*/} in
    libc.so.* | libm.so.* | libpthread.so.* | libdl.so.* | librt.so.* | libresolv.so.* | ld-*) continue ;;
    libesihelp.so.*) continue ;;
    esac
    cp -L "$path" "$tree/lib/"
    package=$(dpkg-query -S "$(readlink -f "$path")" 2>/dev/null | sed -n '1s/:.*//p')
    [ -z "$package" ] || cp "/usr/share/doc/$package/copyright" "$tree/licences/$package"
done

(cd "$tree" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
mkdir -p dist
when=$(git log -1 --format=%ct 2>/dev/null || date +%s)
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$when" -cf - "$name" |
    gzip -n9 >"dist/$name.tar.gz"
(cd dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")

# The trial: another place, no other file than the C library's, no network, nothing of this tree.
root=$work/root
mkdir -p "$root/opt" "$root/tmp" "$root/proc"
tar -C "$root/opt" -xzf "dist/$name.tar.gz"
mv "$root/opt/$name" "$root/opt/desk"
(cd "$root/opt/desk" && sha256sum --quiet -c SHA256SUMS)
for path in $(ldd "$tree/bin/esihelp" | grep -o '/[^ ]*/\(libc\.so\|libm\.so\|libresolv\.so\|ld-linux\)[^ ]*'); do
    mkdir -p "$root$(dirname "$path")"
    cp -L "$path" "$root$path"
done
[ "$(id -u)" = 0 ] && alone=-n || alone=-rn
in_root() { # with /proc, where the loader reads where a program stands
    unshare "$alone" -p -f --mount-proc="$root/proc" chroot "$root" /opt/desk/bin/esihelp "$@"
}
if ! unshare "$alone" -p -f --mount-proc="$root/proc" true 2>/dev/null; then
    echo "dist/$name.tar.gz is not tried: this user may not make a chroot" >&2
else
    in_root ingest --store /tmp/desk.db /opt/desk/share/esihelp/kb
    in_root ask --store /tmp/desk.db "The VPN drops every few minutes"
    in_root doctor --store /tmp/desk.db
fi
echo "dist/$name.tar.gz"
