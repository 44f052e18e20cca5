package com.busdk.workers.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs that are sent to a target's {@code sh -s}. Everything of a request is in them between single quotes, where
 * a shell finds nothing to do. Stateless.
 *
 * <p>A script is run by a keeper, a process of its own session at the target, which goes on when the connection ends. What
 * the runner talks to is an attempt: it starts a keeper where nobody has begun the script, and follows the one that
 * runs it. {@code jobs.sh} says what the two know of each other.
 *
 * <p>How the script gets its own standard input although the program comes over standard input itself: the program is one
 * compound command, so the shell has read all of it before it begins. It says that it is ready and reads one line; only
 * then the runner sends {@code go} and the script's input behind it, of which no shell can have read anything ahead
 * (dash reads in blocks). The input goes into a file, which is whole before the keeper is started. The script is the
 * here-document of a second shell, whose {@code eval} gives the script that file as its input.
 *
 * <p>{@code go} is also the point of no return: before it, nothing of the script has been done, and another target may
 * get it. A connection that closes before it ends the program.
 */
final class RemotePrograms {
    /** What runs at the target: nothing of the request is on a command line. */
    static final String COMMAND = "exec sh -s";

    private static final String JOBS = resource("jobs.sh");
    private static final String RUN = resource("run.sh");
    private static final String KEEP = resource("keep.sh");
    private static final String JOB = resource("job.sh");
    private static final String END = resource("end.sh");
    private static final String FIND = resource("find.sh");
    private static final String FORGET = resource("forget.sh");
    private static final String NETPLAN = resource("netplan.sh");
    private static final String BEGAN = resource("began.sh");

    /** What a small program says first, before it needs anything: who says nothing else is a shell all the same. */
    static final String HERE = "here";

    /** Enough for the programs themselves; the script and its variables come on top. */
    private static final int USUAL_BYTES = 24_576;

    /** What the job's shell knows before the script begins, and the script has no use for. */
    private static final String UNSET = "unset bus_folder bus_stat bus_boot\n";

    private RemotePrograms() {}

    /** Why a job is ended; attempts that come later are told. */
    enum Reason {
        CANCELLED("cancelled"),
        TIMEOUT("timeout");

        private final String word;

        Reason(String word) {
            this.word = word;
        }
    }

    /**
     * Runs a script, or follows it where it has been begun.
     *
     * @param limits what the keeper holds it to, should it be begun by this attempt
     * @param anew whether it may be begun where nothing is kept of it; not so where it may have been let begin before: a
     *     machine that was started anew has forgotten it, and so has one that was told to
     */
    static byte[] run(Attempt attempt, ScriptRequest request, Optional<Setup> setup, Limits limits, boolean anew) {
        StringBuilder text = new StringBuilder(USUAL_BYTES + request.script().length());
        String endOfKeeper = "BUS_" + attempt.word();
        String endOfJob = "BUS_JOB_" + attempt.word();
        text.append("{\n").append(variables(attempt));
        text.append("bus_input=").append(bytes(request.stdin()).length);
        text.append(" bus_anew=").append(anew ? 1 : 0).append('\n');
        text.append(limits.variables()).append(JOBS).append(RUN);
        text.append("bus_begin\nbus_keeper=\nif bus_take_input; then\n");
        text.append("(exec setsid sh -s \"$bus_folder\" \"$bus_own\" >/dev/null 2>&1 4>&- <<'")
                .append(endOfKeeper)
                .append("'\n{\nbus_folder=$1 bus_own=$2\nset --\n");
        text.append(limits.variables()).append(JOBS).append(KEEP);
        // In parentheses, so that it is not this shell whose standard error it gets for a moment: dash would say
        // "Killed" there.
        text.append("bus_claim\nbus_prepare\n(exec setsid sh -s \"$bus_folder\" >&7 2>&9 7>&- 9>&- <<'")
                .append(endOfJob)
                .append("'\n");
        text.append(JOB);
        setup.ifPresent(netplan -> text.append("bus_netplan_folder=")
                .append(quote(netplan.folder()))
                .append(" bus_netplan=")
                .append(quote(netplan.yaml()))
                .append('\n')
                .append(NETPLAN));
        String prepare = request.prepare();
        if (prepare != null) {
            text.append("(eval ").append(quote(prepare)).append(") </dev/null >/dev/null 3<&- || exit\n");
        }
        text.append(BEGAN).append(UNSET);
        for (Map.Entry<String, String> variable : request.env().entrySet()) {
            text.append("export ")
                    .append(variable.getKey())
                    .append('=')
                    .append(quote(variable.getValue()))
                    .append('\n');
        }
        text.append("eval ").append(quote(request.script())).append(" 0<&3 3<&-\n");
        text.append(endOfJob).append("\n)\nbus_finish $?\n}\n");
        text.append(endOfKeeper).append("\n) &\nbus_keeper=$!\nfi\nbus_follow\n}\n");
        return bytes(text.toString());
    }

    /** Ends what runs of a request, and keeps it from being begun; {@link Ending} reads what it says. */
    static byte[] end(Attempt attempt, Reason why) {
        return program(attempt, "bus_why=" + why.word + '\n' + JOBS + END + "bus_end\n");
    }

    /**
     * Says {@code found:}, {@code begun}, {@code folder} (it has come, and may be begun) or {@code none}, and since when the
     * machine is up. What those have left who might have begun it, and are all gone, is taken away: then nobody begins it.
     */
    static byte[] find(Attempt attempt) {
        return program(attempt, JOBS + FIND + "bus_find\n");
    }

    /** Takes away what is kept of a request, unless it is in use; says {@code forgotten:0} if nothing is left. */
    static byte[] forget(Attempt attempt) {
        return program(attempt, JOBS + FORGET + "bus_forget\n");
    }

    private static byte[] program(Attempt attempt, String text) {
        return bytes(
                "{\n" + variables(attempt) + "printf '\\036bus:%s:" + HERE + "\\n' \"$bus_word\"\n" + text + "}\n");
    }

    /** The line after which there is no way back; the script's standard input follows it. */
    static byte[] go(Attempt attempt) {
        return bytes("go:" + attempt.word() + '\n');
    }

    /** One word of a shell's command that means just this text. The text has no NUL. */
    static String quote(String text) {
        return '\'' + text.replace("'", "'\\''") + '\'';
    }

    private static String variables(Attempt attempt) {
        return "bus_word=" + attempt.word() + " bus_run=" + attempt.run() + '\n';
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String resource(String name) {
        try (InputStream in = RemotePrograms.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the build has left out " + name);
            }
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            StringBuilder text = new StringBuilder();
            // Comments are for us: without them there is less to send with each script.
            lines.stream()
                    .filter(line -> !line.isBlank() && !line.strip().startsWith("#"))
                    .forEach(line -> text.append(line).append('\n'));
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a keeper holds a script to.
     *
     * @param seconds until it ends the script, whatever becomes of the runner; at least 1
     * @param outputBytes what is wanted of each of its outputs; one byte more is kept, to tell that there was more
     */
    record Limits(long seconds, int outputBytes) {
        private String variables() {
            return "bus_limit=" + seconds + " bus_most=" + outputBytes + '\n';
        }
    }

    /**
     * A netplan file to put in place first.
     *
     * @param folder where netplan looks
     * @param yaml the file's content
     */
    record Setup(String folder, String yaml) {}
}
