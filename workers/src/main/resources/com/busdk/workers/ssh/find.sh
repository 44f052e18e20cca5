# Tells whether a request has come to this machine before.

# Whether nobody is left who might begin it: who is about to has a file here, as long as the claim is not made. One that
# was ended is not begun any more, and says so to who comes.
bus_is_left() {
    [ ! -e "$bus_folder/claim" ] && [ ! -e "$bus_folder/job" ] && [ ! -e "$bus_folder/stopped" ] || return 1
    for bus_file in "$bus_folder"/*.[0-9]*; do
        [ -e "$bus_file" ] || return 1 # it is made or taken away at this moment
        bus_find_start "${bus_file##*.}"
        case $bus_state in
        '' | Z | X) ;;
        *) return 1 ;;
        esac
    done
}

bus_find() {
    bus_found=none
    if bus_find_folder; then
        bus_found=folder
        # Looked at twice: a keeper that has just been started shows itself meanwhile.
        ! bus_is_left || ! sleep 1 || ! bus_is_left || bus_found=left
        [ ! -e "$bus_folder/claim" ] && [ ! -e "$bus_folder/job" ] || bus_found=begun
    fi
    bus_find_boot
    printf '\036bus:%s:found:%s:%s:%s\n' "$bus_word" "$bus_found" "$bus_boot" "$bus_init"
    exit 0
}
