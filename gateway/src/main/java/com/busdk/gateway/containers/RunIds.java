package com.busdk.gateway.containers;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Ids of runs. Nobody can guess one that is another's. Stateless, any thread. */
final class RunIds {
    private static final int BYTES = 16;

    /** Also those of workers that make their own; fit for a label, a container's name and a URL. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

    private static final SecureRandom RANDOM = new SecureRandom();

    private RunIds() {}

    static String create() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return "run_" + HexFormat.of().formatHex(bytes);
    }

    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }
}
