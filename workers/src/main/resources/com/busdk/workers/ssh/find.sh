# Tells whether a request has come to this machine before.

bus_find() {
    bus_found=none
    if bus_find_folder; then
        bus_found=folder
        [ ! -e "$bus_folder/claim" ] && [ ! -e "$bus_folder/job" ] || bus_found=begun
    fi
    printf '\036bus:%s:found:%s\n' "$bus_word" "$bus_found"
    exit 0
}
