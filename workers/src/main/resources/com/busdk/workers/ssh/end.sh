# Ends the job of an attempt, over another channel than the one it runs on.

bus_end() {
    bus_find_base
    bus_folder=$bus_base/$bus_run
    # Said to begin just now, it may not have written down yet what it is.
    bus_round=0
    while bus_is_mine "$bus_folder" && [ ! -f "$bus_folder/job" ] && [ "$bus_round" -lt 20 ]; do
        bus_round=$((bus_round + 1))
        sleep 0.1
    done
    bus_code=0
    if bus_is_mine "$bus_folder"; then
        bus_end_job "$bus_folder" || bus_code=1
        ! bus_is_mine "$bus_folder" || [ "$bus_code" = 1 ] || rm -rf "$bus_folder"
    fi
    printf '\036bus:%s:ended:%s\n' "$bus_word" "$bus_code"
    exit "$bus_code"
}
