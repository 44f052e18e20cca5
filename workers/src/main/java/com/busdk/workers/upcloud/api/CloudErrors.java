package com.busdk.workers.upcloud.api;

import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the errors of the API. There are three shapes, told apart by content rather than by content type:
 * {@code {"error":{"error_code","error_message"}}} of the classic services, the same with {@code code} and {@code message},
 * and RFC 7807 of the newer ones, whose {@code type} ends in {@code #ERROR_<code>}. A gateway in between may answer HTML
 * or nothing. Never throws. Stateless.
 */
final class CloudErrors {
    private static final Pattern CODE = Pattern.compile("[A-Z0-9_-]{1,80}");
    private static final String PROBLEM_PREFIX = "ERROR_";

    private CloudErrors() {}

    static CloudException read(String call, int status, byte[] body, @Nullable String retryAfter) {
        String code = code(body);
        return CloudException.refused(call, status, code, advice(status, code), retryAfter(retryAfter));
    }

    /** The code, empty where there is none that looks like one. */
    static String code(byte[] body) {
        JsonNode root;
        try {
            root = Lenient.MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            return ""; // a page of a gateway
        } catch (IOException e) {
            return "";
        }
        if (root == null) {
            return ""; // an empty body
        }
        JsonNode error = root.path("error");
        String code = Lenient.text(error, "error_code");
        if (code.isEmpty()) {
            code = Lenient.text(error, "code");
        }
        if (code.isEmpty()) {
            String type = Lenient.text(root, "type");
            code = type.substring(type.indexOf('#') + 1);
            if (!code.startsWith(PROBLEM_PREFIX)) {
                return "";
            }
            code = code.substring(PROBLEM_PREFIX.length());
        }
        return CODE.matcher(code).matches() ? code : "";
    }

    /**
     * What the cloud's support asks for: a header of the newer services, or a field of their errors.
     *
     * @return the id, cleaned and cut for a log; empty if there is none
     */
    static String correlationId(@Nullable String header, byte[] body) {
        if (header != null) {
            return Echo.of(header);
        }
        try {
            JsonNode root = Lenient.MAPPER.readTree(body);
            return root == null ? "" : Echo.of(Lenient.text(root, "correlation_id"));
        } catch (IOException e) {
            return ""; // a page of a gateway
        }
    }

    /** Seconds or a date (RFC 9110, "Retry-After"); null for anything else. */
    static @Nullable Duration retryAfter(@Nullable String header) {
        if (header == null) {
            return null;
        }
        try {
            return Duration.ofSeconds(Math.max(0, Long.parseLong(header.strip())));
        } catch (NumberFormatException e) {
            return untilDate(header.strip());
        }
    }

    private static @Nullable Duration untilDate(String header) {
        try {
            Instant at = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration left = Duration.between(Instant.now(), at);
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** What an operator can do about it. */
    private static String advice(int status, String code) {
        if (code.endsWith("_RESOURCES_UNAVAILABLE")) {
            return ": the zone has no room for it; try later, or another --container-zone or --container-plan";
        }
        return switch (code) {
            case "INSUFFICIENT_CREDITS" -> ": the account has to be paid for first";
            case "SERVER_CREATING_LIMIT_REACHED" -> ": too many servers are being created; try again in half an hour";
            case "TRIAL_PLAN" -> ": a trial account may not do that";
            default ->
                switch (status) {
                    case 401 -> ": check UPCLOUD_TOKEN, its expiry and the addresses that may use it";
                    case 402 -> ": the account has to be paid for first";
                    case 403 -> ": the token's account may not do that, or a limit of the account is reached";
                    case 404 -> ": it is not there";
                    case 429 -> ": too many calls; try again later";
                    default -> "";
                };
        };
    }
}
