# Puts a netplan file in its place and applies it, unless it is there already: applying it again would cut off, for a
# moment, whatever else runs on the machine. A file that could not be applied is taken away, so that it is tried again.
bus_su=
[ "$(id -u)" = 0 ] || bus_su='sudo -n'
bus_file=$bus_netplan_folder/90-bus-runner.yaml
if ! printf '%s' "$bus_netplan" | $bus_su cmp -s - "$bus_file"; then
    if ! printf '%s' "$bus_netplan" | $bus_su sh -c 'umask 077 && cat > "$1.new" && mv -f "$1.new" "$1"' sh "$bus_file" ||
        ! $bus_su netplan apply </dev/null >/dev/null; then
        $bus_su rm -f "$bus_file" "$bus_file.new" </dev/null
        : > "$bus_folder/bootstrap"
        exit 1
    fi
fi 2>/dev/null
unset bus_su bus_file bus_netplan bus_netplan_folder
