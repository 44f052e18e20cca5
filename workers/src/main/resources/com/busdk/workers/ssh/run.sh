# Runs a job and tells how it went: the runner sends jobs.sh, this, and then the job as a here-document.
# What is said to the runner begins with a byte that no text has and a word that only this attempt knows, so that
# neither a login message nor the script's output is taken for it. Fd 4 is the runner's; fd 2 is nobody's meanwhile, so
# that no shell's own remark ("Killed") gets into the script's output.

bus_say() {
    printf '\036bus:%s:%s\n' "$bus_word" "$1" >&4
}

bus_refuse() {
    bus_say "refused:$1"
    exit 1
}

bus_leave() {
    ! bus_is_mine "$bus_folder" || rm -rf "$bus_folder"
}

# Makes the folder. If there is one, an earlier attempt at the same request may still be at work: it is ended first.
bus_take_folder() {
    bus_find_base
    mkdir -m 0700 "$bus_base" # where everyone may write, another user may have made it
    [ -d "$bus_base" ] && [ ! -L "$bus_base" ] && [ -O "$bus_base" ] || bus_refuse folder
    # What is left of attempts whose shell was killed: no job lasts longer than a day.
    find "$bus_base" -mindepth 1 -maxdepth 1 -type d -mmin +2880 -exec rm -rf {} +
    bus_folder=$bus_base/$bus_run
    bus_try=0
    while :; do
        bus_old=1
        ! mkdir -m 0700 "$bus_folder" || bus_old=0
        # Under the folder's final name at once and whole: an earlier attempt may read it at this moment.
        ! { printf '%s\n' "$bus_word" > "$bus_folder/$bus_word" && mv -f "$bus_folder/$bus_word" "$bus_folder/owner"; } || break
        bus_try=$((bus_try + 1)) # an earlier attempt ended by itself and took its folder away
        [ "$bus_try" -lt 5 ] || bus_refuse folder
    done
    if [ "$bus_old" = 1 ]; then
        bus_end_job "$bus_folder" || bus_refuse orphan
        rm -f "$bus_folder/job" "$bus_folder/ended" "$bus_folder/bootstrap"
    fi
}

# Ends the job should the runner not do it: its machine may have died, or the network between.
bus_watch() {
    exec </dev/null >/dev/null 4>&-
    sleep "$bus_limit" &
    trap 'kill $!; exit 0' TERM
    wait $!
    ! bus_is_mine "$bus_folder" || bus_end_job "$bus_folder"
}

bus_begin() {
    exec 4>&2 2>/dev/null
    command -v setsid >/dev/null && [ -r /proc/self/stat ] && [ -r /proc/sys/kernel/random/boot_id ] ||
        bus_refuse unsupported
    bus_take_folder
    # Everything before these lines is the login's, not the script's.
    printf '\036bus:%s:ready\n' "$bus_word"
    bus_say ready
    bus_go=
    read -r bus_go
    if [ "$bus_go" != "go:$bus_word" ]; then
        bus_leave
        exit 1
    fi
    bus_watch &
    bus_watcher=$!
}

# Tells how the job ended, given the exit code of its shell.
bus_finish() {
    kill "$bus_watcher"
    bus_how=exit
    if ! bus_is_mine "$bus_folder"; then
        bus_how=superseded
    elif [ ! -f "$bus_folder/job" ]; then
        bus_how=notbegun
    elif [ -f "$bus_folder/bootstrap" ]; then
        bus_how=bootstrap
    elif [ ! -f "$bus_folder/ended" ] && [ "$1" -gt 128 ]; then
        bus_how=signal-$(kill -l $(($1 - 128)))
    fi
    bus_leave
    # Behind all that the script wrote, on both ways: what it has left running may hold them open for long.
    printf '\036bus:%s:out\n' "$bus_word"
    bus_say "end:$1:$bus_how"
    exit "$1"
}
