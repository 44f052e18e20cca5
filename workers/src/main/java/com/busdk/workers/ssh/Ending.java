package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a script that was to be ended. Immutable.
 *
 * @param over whether nothing of it is left running
 * @param ran how long it had run, if it had begun and its machine says so
 * @param byItself whether it had come to its end by itself before, and has a result
 */
record Ending(boolean over, Optional<Duration> ran, boolean byItself) {
    /** The machine could not be asked. */
    static final Ending UNKNOWN = new Ending(false, Optional.empty(), false);

    private static final List<String> OVER = List.of("ended", "0");

    /**
     * Reads what {@code end.sh} says: {@code ended:}, an exit code, and, where it had begun, hundredths of a second and the
     * keeper's word about its end.
     */
    static Ending of(String said) {
        List<String> words = List.of(said.split(":", -1));
        if (words.size() < 2 || !words.subList(0, 2).equals(OVER)) {
            return UNKNOWN;
        }
        Optional<Duration> ran = words.size() > 2 && words.get(2).matches("[0-9]{1,9}")
                ? ran(Integer.parseInt(words.get(2)))
                : Optional.empty();
        String how = words.size() > 3 ? words.get(3) : "";
        return new Ending(true, ran, isByItself(how));
    }

    /** Whether a keeper's word about an end is one of a script that nobody has ended. */
    static boolean isByItself(String how) {
        return how.equals("exit") || how.startsWith("signal-");
    }

    /** A time as machines tell it: in hundredths of a second, 0 for what was not begun. */
    static Optional<Duration> ran(long hundredths) {
        return hundredths > 0 ? Optional.of(Duration.ofMillis(hundredths * 10)) : Optional.empty();
    }

    /** The failure of the script's request. */
    RuntimeException because(ApiException error) {
        return ran.<RuntimeException>map(time -> new EndedScript(error, time)).orElse(error);
    }
}
