package com.busdk.workers.podman;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A podman of a few lines of shell: a container is a process of this machine and a file about it. It does what the real
 * one does with names that are taken, images that are missing, removal and waiting.
 */
public final class FakePodman {
    private static final String SCRIPT = """
        #!/bin/sh
        S='@STATE@'
        wait_for() { while [ ! -e "$S/../$1" ]; do sleep 0.02; done; }
        case "$1" in
        version) echo 0.0.1 ;;
        image)
            case $3 in
            stuck) touch "$S/../looking"; exec sleep 600 ;;
            pulled | missing | late | private) exit 1 ;;
            esac ;;
        pull)
            echo pulling >>"$S/../words"
            echo "$*" >>"$S/../words"
            for image; do :; done
            case $image in
            pulled) exec sleep 600 ;;
            private) echo 'Error: unauthorized' >&2; exit 125 ;;
            missing) echo 'Error: no such image' >&2; exit 125 ;;
            late) wait_for arrived ;;
            esac ;;
        run)
            while [ "$1" != --quiet ]; do
                case "$1 $2" in
                '--name '*) name=$2 ;;
                '--label bus.run='*) run=${2#*=} ;;
                '--label bus.worker='*) worker=${2#*=} ;;
                '--timeout '*) timeout=$2 ;;
                esac
                printf '%s\\n' "$1" >>"$S/../words"
                shift
            done
            image=$2
            shift 2
            if [ "$image" = missing ]; then
                echo 'Error: no such image' >&2; exit 125
            fi
            if [ -e "$S/$name" ]; then
                echo "Error: the container name \\"$name\\" is already in use by x" >&2; exit 125
            fi
            "$@" &
            pid=$!
            printf '%s %s %s\\n' "$pid" "$run" "$worker" >"$S/$name.new"
            mv "$S/$name.new" "$S/$name"
            wait "$pid"; code=$?
            case $image in
            lingers) touch "$S/../exited"; wait_for go ;;
            esac
            rm -f "$S/$name"
            case $image in
            gone) touch "$S/../exited"; wait_for go ;;
            esac
            [ "$image" != slow ] || { sleep "$timeout"; code=255; }
            exit "$code" ;;
        ps)
            if [ -s "$S/../refusals" ]; then
                sed -i 1d "$S/../refusals"
                echo 'Error: no space left on device' >&2; exit 125
            fi
            echo listing >>"$S/../words"
            state=running
            [ ! -e "$S/../exited" ] || state=exited
            want=${4#label=}
            sep='['
            for file in "$S"/bus-*; do
                [ -e "$file" ] || continue
                read -r pid run worker <"$file" || continue
                case "$want" in bus.run=*) [ "$want" = "bus.run=$run" ] || continue ;; esac
                printf '%s{"Id":"%s","State":"%s","Labels":{"bus.run":"%s","bus.worker":"%s"}}' \\
                    "$sep" "${file##*/}" "$state" "$run" "$worker"
                sep=','
            done
            [ "$sep" = ',' ] || printf '['
            echo ']' ;;
        rm)
            for last; do :; done
            if read -r pid rest <"$S/$last"; then kill -9 "$pid" 2>/dev/null; rm -f "$S/$last"; fi ;;
        wait)
            echo waiting >>"$S/../words"
            while [ -e "$S/$2" ]; do sleep 0.05; done ;;
        esac
        """;

    private final Path program;
    private final Path state;

    public FakePodman(Path directory) throws IOException {
        state = Files.createDirectory(directory.resolve("containers"));
        program = directory.resolve("podman");
        Files.writeString(program, SCRIPT.replace("@STATE@", state.toString()));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    /** What {@code --podman} is. */
    public Path program() {
        return program;
    }

    PodmanOptions options(String... flags) {
        Map<String, String> given = new HashMap<>(Map.of("podman", program.toString()));
        for (int i = 0; i < flags.length; i += 2) {
            given.put(flags[i], flags[i + 1]);
        }
        return PodmanOptions.read(given, Map.of());
    }

    /** The next lists of containers fail. */
    void refuseLists(int count) throws IOException {
        Files.writeString(state.resolveSibling("refusals"), "no\n".repeat(count));
    }

    /** The names of the containers that there are. */
    List<String> containers() throws IOException {
        try (Stream<Path> files = Files.list(state)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".new"))
                    .sorted()
                    .toList();
        }
    }

    /** The process of a container. */
    long pid(String name) throws IOException {
        return Long.parseLong(Files.readString(state.resolve(name)).split(" ", -1)[0]);
    }

    /** Makes a container of another worker. */
    void put(String name, long pid, String runId, String worker) throws IOException {
        Files.writeString(state.resolve(name), pid + " " + runId + " " + worker + "\n");
    }

    void remove(String name) throws IOException {
        Files.delete(state.resolve(name));
    }

    /** Lets go on what waits for this. */
    void open(String gate) throws IOException {
        Files.createFile(state.resolveSibling(gate));
    }

    /** Whether it looks for an image, of one that it never finds an answer about. */
    boolean looks() {
        return Files.exists(state.resolveSibling("looking"));
    }

    /** Whether the container's program has ended, of an image that stays a while. */
    boolean hasExited() {
        return Files.exists(state.resolveSibling("exited"));
    }

    /**
     * The words of all runs so far, up to the image, and {@code waiting}, {@code pulling} and {@code listing} for each time
     * that it was to do that; behind {@code pulling}, all words of that in one.
     */
    List<String> words() throws IOException {
        Path words = state.resolveSibling("words");
        return Files.exists(words) ? Files.readAllLines(words) : List.of();
    }
}
