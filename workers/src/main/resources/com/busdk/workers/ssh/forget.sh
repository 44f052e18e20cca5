# Takes a request's folder away: its answer has arrived, and nobody comes for it any more.

# Whether the keeper is not done yet, or somebody waits for the result.
bus_is_in_use() {
    ! bus_lives "$bus_folder/claim" || return 0
    for bus_process in /proc/[0-9]*; do
        [ ! "$bus_process/cwd" -ef "$bus_folder" ] || return 0
    done
    return 1
}

# Takes away what nobody has asked for or told to forget: no job lasts longer than a day.
bus_sweep() {
    find "$bus_base" -mindepth 1 -maxdepth 1 -type d -mmin +2880 | while read -r bus_old; do
        bus_lives "$bus_old/claim" || rm -rf "$bus_old"
    done
}

bus_forget() {
    bus_code=0
    if bus_find_folder; then
        bus_round=0
        # Who has just told the result may not be gone yet.
        while bus_is_in_use && [ "$bus_round" -lt 20 ]; do
            bus_round=$((bus_round + 1))
            sleep 0.1
        done
        bus_code=1
        # Away at once: an attempt that came meanwhile would take a folder without its claim for one that has none.
        if [ "$bus_round" -lt 20 ] && mv "$bus_folder" "$bus_base/gone.$$"; then
            rm -rf "$bus_base/gone.$$" && bus_code=0
        fi
        bus_sweep
    fi 2>/dev/null
    printf '\036bus:%s:forgotten:%s\n' "$bus_word" "$bus_code"
    exit "$bus_code"
}
