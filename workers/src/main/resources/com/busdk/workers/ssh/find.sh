# Tells whether a request has come to this machine before.

# Whether process $1 has ended.
bus_has_gone() {
    bus_find_start "$1"
    case $bus_state in
    '' | Z | X) ;;
    *) return 1 ;;
    esac
}

# Whether nobody is left who might begin it: who is about to has a file here, as long as the claim is not made. One that
# was ended is not begun any more, and says so to who comes.
bus_is_left() {
    [ ! -e "$bus_folder/claim" ] && [ ! -e "$bus_folder/job" ] && [ ! -e "$bus_folder/stopped" ] || return 1
    for bus_file in "$bus_folder"/*.[0-9]*; do
        [ -e "$bus_file" ] || return 1 # it is made or taken away at this moment
        bus_has_gone "${bus_file##*.}" || return 1
    done
}

# Takes away what those have left who have gone. Without the folder, nobody begins it any more who has not shown himself: a
# keeper that stood still, or an attempt that followed. Returns 1 if somebody has come meanwhile.
bus_take_away() {
    for bus_file in "$bus_folder"/*.[0-9]*; do
        ! bus_has_gone "${bus_file##*.}" || rm -f "$bus_file"
    done
    rmdir "$bus_folder"
}

bus_find() {
    bus_found=none
    if bus_find_folder; then
        bus_found=folder
        # Looked at twice: a keeper that has just been started shows itself meanwhile.
        ! bus_is_left || ! sleep 1 || ! bus_is_left || ! bus_take_away || bus_found=none
        [ ! -e "$bus_folder/claim" ] && [ ! -e "$bus_folder/job" ] || bus_found=begun
    fi 2>/dev/null
    bus_find_boot
    printf '\036bus:%s:found:%s:%s:%s\n' "$bus_word" "$bus_found" "$bus_boot" "$bus_init"
    exit 0
}
