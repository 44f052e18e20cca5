package com.busdk.cli.operator;

import com.busdk.cli.ExitCode;
import com.busdk.cli.auth.Exchange;
import com.busdk.cli.command.CliException;
import com.busdk.cli.events.EventsFailures;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/**
 * Has the auth service sign a service token ({@code POST /api/internal/auth/token}). The key goes in a header and is
 * shown nowhere. On the command's thread, which waits; the JDK's own client, so that no event loop is started for one
 * request.
 */
final class AuthServiceIssuer {
    private static final String PUBLIC_PATH = "/api/v1/auth";
    private static final String INTERNAL_PATH = "/api/internal/auth/token";
    private static final String KEY_HEADER = "X-Bus-Internal-Key";
    private static final int HTTP_OK = 200;
    private static final int HTTP_UNAUTHORIZED = 401;
    private static final int HTTP_FORBIDDEN = 403;

    /** A token and what belongs to it; an error of the catalogue is smaller still. */
    private static final int MAX_ANSWER_BYTES = 64 << 10;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI address;
    private final String key;
    private final Duration timeout;

    /**
     * @param authUrl of the auth service, ending in {@code /api/v1/auth}
     * @param key shared with it
     * @param timeout longest wait
     * @throws CliException usage, if the internal path cannot be found from that URL
     */
    AuthServiceIssuer(URI authUrl, String key, Duration timeout) {
        String url = authUrl.toString();
        if (!url.endsWith(PUBLIC_PATH)) {
            throw CliException.usage("the auth service's URL has a path of its own: give its root, such as"
                    + " http://127.0.0.1:8087, since internal paths are beside " + PUBLIC_PATH);
        }
        this.address = URI.create(url.substring(0, url.length() - PUBLIC_PATH.length()) + INTERNAL_PATH);
        this.key = key;
        this.timeout = timeout;
    }

    /** A token as the service made it. */
    record Issued(String token, Instant expires) {}

    Issued issue(Grant grant) throws InterruptedException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(address)
                    .header(KEY_HEADER, key)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body(grant)))
                    .build();
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, "the internal key has characters that no header may have", e);
        }
        try {
            HttpResponse<byte[]> response = Exchange.of(request, timeout, MAX_ANSWER_BYTES);
            return read(response.statusCode(), response.body());
        } catch (HttpTimeoutException e) {
            throw new CliException(ExitCode.TIMED_OUT, "the auth service did not answer in time", e);
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "cannot reach the auth service at " + Echo.of(address.getAuthority())
                            + ": is it running? To sign on this machine give --local",
                    e);
        }
    }

    private static String body(Grant grant) {
        return JSON.createObjectNode()
                .put("subject", grant.subject())
                .put("audience", grant.audience())
                .put("scope", grant.scopes().toString())
                .put("ttl_seconds", grant.ttl().toSeconds())
                .toString();
    }

    private static Issued read(int status, byte[] body) {
        if (status == HTTP_FORBIDDEN || status == HTTP_UNAUTHORIZED) {
            throw new CliException(
                    ExitCode.NO_PERMISSION,
                    "the auth service refused the internal key: it has to be its BUS_AUTH_INTERNAL_SHARED_KEY");
        }
        if (status != HTTP_OK) {
            ApiException refusal = ApiException.parse(status, body, null);
            throw new CliException(
                    EventsFailures.explain(refusal).exitCode(),
                    "the auth service answered " + status + ": " + Echo.of(refusal.message()),
                    refusal);
        }
        try {
            JsonNode answer = JSON.readTree(new String(body, StandardCharsets.UTF_8));
            String token = answer.path("access_token").asText();
            if (!token.isEmpty()) {
                return new Issued(token, Instant.parse(answer.path("expires_at").asText()));
            }
        } catch (JsonProcessingException | DateTimeException _) {
            // said below
        }
        throw CliException.failed("the answer is not that of an auth service: check the URL");
    }
}
