package com.busdk.cli.provider;

import static com.busdk.cli.provider.Platform.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.worker.Reply;
import com.busdk.gateway.auth.AuthProvider;
import com.busdk.gateway.auth.AuthProviderOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The events service and providers that read the auth service's keys at its URL: which tokens they take, over two
 * replacements of its key. They read the keys again for a token whose key they do not know, and not more often than every
 * ten seconds, which is what this test waits for.
 */
class KeyRotationTest {
    private static final String INTERNAL_KEY = "an-internal-key-of-the-tests";
    private static final String SCOPES = "events:listen vm:read container:read billing:read usage:read";
    private static final long PATIENCE_SECONDS = 60;
    private static final long LOOK_AGAIN_MILLIS = 200;

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private AuthProvider auth;
    private Platform platform;
    private List<Place> places = List.of();

    /** Where a token is shown, and the answer to one that holds. */
    private record Place(String url, int held) {}

    @AfterEach
    void stop() {
        if (platform != null) {
            platform.close();
        }
        if (auth != null) {
            await(auth.close());
        }
        http.close();
        await(vertx.close());
    }

    @Test
    void shouldTakeTokensOfEachKeyAsLongAsItIsPublishedAndThoseOfTheSecret() throws Exception {
        KeyPair first = ec();
        KeyPair second = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        KeyPair third = ec();
        startAuth(0, first);
        startServices();
        String shared = Platform.user("alice", SCOPES);
        String used = issued();
        String unused = issued();
        assertTrue(header(used).contains("\"ES256\""), header(used));
        assertTrue(header(shared).contains("\"HS256\""), header(shared));
        awaitAccepted(used); // the list of runs needs its history first
        assertEquals(held(), answers(shared));
        assertEquals(refused(), answers(null));

        replaceKey(second);
        String ofSecond = issued();
        assertTrue(header(ofSecond).contains("\"EdDSA\""), header(ofSecond));
        awaitAccepted(ofSecond);
        for (String living : List.of(used, unused, shared)) {
            assertEquals(held(), answers(living), header(living));
        }

        String unusedOfSecond = issued();
        replaceKey(third, second);
        awaitAccepted(issued());
        assertEquals(refused(), answers(used), "its key is gone, and it was remembered");
        assertEquals(refused(), answers(unused), "its key is gone");
        for (String living : List.of(ofSecond, unusedOfSecond, shared)) {
            assertEquals(held(), answers(living), header(living));
        }
    }

    // --- services ---

    private void startAuth(int port, KeyPair signing, KeyPair... before) throws Exception {
        Map<String, String> flags = new HashMap<>(Map.of(
                "addr",
                "127.0.0.1:" + port,
                "store-path",
                folder.resolve("auth.db").toString(),
                "otp-sender",
                "memory",
                "signing-key",
                pem("signing.pem", "PRIVATE KEY", signing.getPrivate())));
        List<String> others = new ArrayList<>();
        for (KeyPair pair : before) {
            others.add(pem("before-" + others.size() + ".pem", "PUBLIC KEY", pair.getPublic()));
        }
        if (!others.isEmpty()) {
            flags.put("verification-key", String.join(",", others));
            flags.put("keep-old-keys", "false");
        }
        auth = await(AuthProvider.start(
                vertx,
                AuthProviderOptions.read(
                        flags,
                        Map.of(
                                "BUS_AUTH_HS256_SECRET",
                                Platform.SECRET,
                                "BUS_AUTH_INTERNAL_SHARED_KEY",
                                INTERNAL_KEY))));
    }

    /**
     * At the same place, as an operator does it: the service keeps the keys before itself, unless it is told which ones
     * alone are still believed.
     */
    private void replaceKey(KeyPair signing, KeyPair... before) throws Exception {
        int port = URI.create(auth.url()).getPort();
        await(auth.close());
        startAuth(port, signing, before);
    }

    private void startServices() {
        String jwks = auth.url() + "/.well-known/jwks.json";
        platform = new Platform(Map.of("addr", "127.0.0.1:0", "events-backend", "memory", "jwks", jwks));
        platform.worker(
                "billing",
                _ -> Future.succeededFuture(Reply.of("{\"account_id\":\"alice\",\"status\":\"missing\","
                        + "\"features\":[],\"usage\":[],\"setup_required\":true}")),
                "bus.billing.status.request");
        places = List.of(
                new Place(platform.url() + "/api/v1/events/names", 200),
                new Place(platform.vm("backend", "static", "jwks", jwks).url() + "/api/v1/vm/status", 200),
                new Place(platform.containers("jwks", jwks).url() + "/api/v1/containers/runs", 200),
                new Place(platform.billing("jwks", jwks).url() + "/api/v1/billing/status", 200),
                // A user's is not of the internal audience, which is said of one that holds only.
                new Place(platform.usage("jwks", jwks).url() + "/api/internal/usage-events", 403));
    }

    private String issued() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(auth.url() + "/api/internal/auth/token"))
                .header("X-Bus-Internal-Key", INTERNAL_KEY)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"subject\":\"alice\",\"audience\":\"ai.hg.fi/api\",\"scope\":\""
                        + SCOPES + "\",\"ttl_seconds\":3600}"))
                .build();
        var answer = http.send(request, BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
        return Platform.json(answer.body()).path("access_token").asText();
    }

    // --- answers ---

    private List<Integer> answers(String token) {
        return places.stream()
                .map(place -> platform.get(place.url(), token).status())
                .toList();
    }

    private List<Integer> held() {
        return places.stream().map(Place::held).toList();
    }

    private List<Integer> refused() {
        return places.stream().map(_ -> 401).toList();
    }

    private void awaitAccepted(String token) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        List<Integer> answers = answers(token);
        while (!answers.equals(held())) {
            assertTrue(System.nanoTime() - end < 0, "never accepted everywhere: " + answers);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MILLIS));
            answers = answers(token);
        }
    }

    // --- keys ---

    private static KeyPair ec() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private String pem(String name, String label, Key key) throws IOException {
        return Files.writeString(
                        folder.resolve(name),
                        "-----BEGIN " + label + "-----\n"
                                + Base64.getMimeEncoder().encodeToString(key.getEncoded()) + "\n-----END " + label
                                + "-----\n")
                .toString();
    }

    private static String header(String token) {
        return new String(
                Base64.getUrlDecoder().decode(token.substring(0, token.indexOf('.'))), StandardCharsets.US_ASCII);
    }
}
