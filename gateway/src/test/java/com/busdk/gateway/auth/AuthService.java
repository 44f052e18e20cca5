package com.busdk.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** An auth service that runs, and a client of it. Any thread; its methods block. */
final class AuthService implements AutoCloseable {
    static final String SECRET = "an-example-secret-of-more-than-32-bytes";
    static final String INTERNAL_KEY = "an-internal-key-of-many-characters";
    static final String USER = "user@example.com";
    static final ObjectMapper JSON = new ObjectMapper();

    private static final long PATIENCE_SECONDS = 60;

    final MovableClock clock;
    private final Vertx vertx;
    private final AuthProviderOptions options;
    private final HttpClient client = HttpClient.newHttpClient();
    private AuthProvider provider;

    /** An answer: its status and its JSON. */
    record Reply(int status, JsonNode body, HttpResponse<String> whole) {
        String text(String field) {
            return body.path(field).asText();
        }

        String error() {
            return body.path("error").path("type").asText();
        }

        String message() {
            return body.path("error").path("message").asText();
        }
    }

    private AuthService(Vertx vertx, AuthProviderOptions options, MovableClock clock) throws Exception {
        this.vertx = vertx;
        this.options = options;
        this.clock = clock;
        this.provider = await(AuthProvider.start(vertx, options, clock));
    }

    /** Starts one that has a secret and an internal key, and keeps one-time passwords in memory. */
    static AuthService start(Vertx vertx, Map<String, String> flags, Map<String, String> environment) throws Exception {
        return start(vertx, flags, environment, new MovableClock());
    }

    static AuthService start(
            Vertx vertx, Map<String, String> flags, Map<String, String> environment, MovableClock clock)
            throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "BUS_AUTH_HS256_SECRET", SECRET,
                "BUS_AUTH_INTERNAL_SHARED_KEY", INTERNAL_KEY,
                "BUS_AUTH_OTP_SENDER", "memory"));
        all.putAll(environment);
        all.values().removeIf(String::isEmpty);
        Map<String, String> given = new HashMap<>(Map.of("addr", "127.0.0.1:0"));
        given.putAll(flags);
        return new AuthService(vertx, AuthProviderOptions.read(given, all), clock);
    }

    static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** Stops the service, and starts it again on its store. */
    void restart() throws Exception {
        await(provider.close());
        provider = await(AuthProvider.start(vertx, options, clock));
    }

    String url() {
        return provider.url();
    }

    /** The code that was sent last. */
    String sentCode(String email) {
        return provider.sentCode(email).orElse("");
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    Reply send(HttpRequest request) throws Exception {
        return sendAsync(request).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    CompletableFuture<Reply> sendAsync(HttpRequest request) {
        return client.sendAsync(request, BodyHandlers.ofString()).thenApply(response -> {
            try {
                return new Reply(response.statusCode(), JSON.readTree(response.body()), response);
            } catch (java.io.IOException e) {
                return new Reply(response.statusCode(), JSON.createObjectNode(), response);
            }
        });
    }

    HttpRequest posting(String path, String body, String... headers) {
        HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request.POST(BodyPublishers.ofString(body)).build();
    }

    Reply post(String path, String body, String... headers) throws Exception {
        return send(posting(path, body, headers));
    }

    Reply get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(path);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request.GET().build());
    }

    static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }

    static String email(String address) {
        return JSON.createObjectNode().put("email", address).toString();
    }

    static String otp(String address, String code) {
        return JSON.createObjectNode().put("email", address).put("otp", code).toString();
    }

    Reply register(String address) throws Exception {
        return post("/api/v1/auth/register", email(address));
    }

    Reply requestCode(String address) throws Exception {
        return post("/api/v1/auth/otp/request", email(address));
    }

    Reply verify(String address, String code) throws Exception {
        return post("/api/v1/auth/otp/verify", otp(address, code));
    }

    /** The session token of an account that is made where there is none. */
    String session(String address) throws Exception {
        assertEquals(200, register(address).status());
        assertEquals(200, requestCode(address).status());
        Reply verified = verify(address, sentCode(address));
        assertEquals(200, verified.status(), verified.body().toString());
        return verified.text("token");
    }

    /** The session token of an account that is approved. */
    String approvedSession(String address) throws Exception {
        String session = session(address);
        Reply approved = post("/api/v1/auth/admin/approve", email(address), bearer(operator("waitlist:approve")));
        assertEquals(200, approved.status(), approved.body().toString());
        return session;
    }

    /** A token that an operator has made with the shared secret. */
    String operator(String scopes) {
        return minted(new Grant("operator", Scopes.AUDIENCE_AUTH, Scopes.parse(scopes), Duration.ofHours(1), true));
    }

    String minted(Grant grant) {
        return new TokenMinter(Hs256Secret.parse(SECRET), clock).mint(grant);
    }

    Reply token(String session, String scope) throws Exception {
        return post(
                "/api/v1/auth/token",
                JSON.createObjectNode().put("scope", scope).toString(),
                bearer(session));
    }

    @Override
    public void close() {
        client.close();
        provider.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }
}
