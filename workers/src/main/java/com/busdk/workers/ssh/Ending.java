package com.busdk.workers.ssh;

import com.busdk.client.http.ApiException;
import java.time.Duration;
import java.util.Optional;

/**
 * What is known of a script that was to be ended. Immutable.
 *
 * @param over whether nothing of it is left running
 * @param ran how long it had run, if it had begun and its machine says so
 */
record Ending(boolean over, Optional<Duration> ran) {
    /** The machine could not be asked. */
    static final Ending UNKNOWN = new Ending(false, Optional.empty());

    private static final String OVER = "ended:0";

    /** Reads what {@code end.sh} says: {@code ended:}, an exit code, and hundredths of a second where it had begun. */
    static Ending of(String said) {
        boolean over = said.equals(OVER) || said.startsWith(OVER + ':');
        String ran = over ? said.substring(Math.min(said.length(), OVER.length() + 1)) : "";
        return new Ending(over, ran.matches("[0-9]{1,9}") ? ran(Integer.parseInt(ran)) : Optional.empty());
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
