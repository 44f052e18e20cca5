# Ends the job of a request, over another channel than the one it is followed on, and keeps it from being begun: also
# where nothing of it has come yet. Says how long the script has run, and the word about its end, where it was begun and its
# keeper has put that down.

bus_end() {
    bus_code=0 bus_took=
    if bus_find_folder || bus_make_folder; then
        # Said first. A keeper that has the claim by then looks for it before it begins, as does the job's own shell.
        printf '%s\n' "$bus_why" > "$bus_folder/stopped" || [ -e "$bus_folder/stopped" ] || bus_code=1
        bus_round=0
        while [ ! -s "$bus_folder/job" ] && [ ! -e "$bus_folder/result" ] && bus_lives "$bus_folder/claim" &&
            [ "$bus_round" -lt 20 ]; do
            bus_round=$((bus_round + 1))
            sleep 0.1
        done
        bus_end_session "$bus_folder/job" || bus_code=1
        bus_round=0
        while [ ! -e "$bus_folder/result" ] && bus_lives "$bus_folder/claim" && [ "$bus_round" -lt 20 ]; do
            bus_round=$((bus_round + 1))
            sleep 0.1
        done
        read -r bus_its_code bus_its_word bus_took bus_its_cut < "$bus_folder/result"
        case ${bus_took:-0} in
        0) bus_took= ;;
        *) bus_took=$bus_took:$bus_its_word ;;
        esac
    else
        bus_code=1
    fi 2>/dev/null
    printf '\036bus:%s:ended:%s%s\n' "$bus_word" "$bus_code" "${bus_took:+:$bus_took}"
    exit "$bus_code"
}
