package com.busdk.cli.bench;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Why a load could not be put on, or not be kept up, in words for the user. Stateless. */
public final class Trouble {
    private static final int MAX_TEXT = 300;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Trouble() {}

    /** The service answered with an error. */
    public static CliException refused(int status, String body) {
        int code = switch (status) {
            case 401, 403 -> ExitCode.NO_PERMISSION;
            case 502, 503 -> ExitCode.UNREACHABLE;
            case 408, 504 -> ExitCode.TIMED_OUT;
            default -> ExitCode.FAILED;
        };
        return new CliException(code, "the service answered " + status + ": " + Echo.clean(message(body), MAX_TEXT));
    }

    /** A connection could not be made, or ended too early. */
    public static CliException lost(String what) {
        return new CliException(ExitCode.UNREACHABLE, what);
    }

    /** Something that should have come did not. */
    public static CliException late(String what) {
        return new CliException(ExitCode.TIMED_OUT, what);
    }

    /** The service did what it should not. */
    public static CliException wrong(String what) {
        return new CliException(ExitCode.FAILED, what);
    }

    private static String message(String body) {
        try {
            String message = JSON.readTree(body).path("error").path("message").asText();
            return message.isEmpty() ? body : message;
        } catch (JsonProcessingException _) {
            return body;
        }
    }
}
