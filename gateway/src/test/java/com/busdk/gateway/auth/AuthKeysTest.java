package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.USER;
import static com.busdk.gateway.auth.AuthService.await;
import static com.busdk.gateway.auth.AuthService.bearer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.http.ApiException;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.gateway.auth.AuthService.Reply;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that are signed with a private key, and the day that it is replaced. */
class AuthKeysTest {
    private static final String JWKS = "/.well-known/jwks.json";

    @TempDir
    Path folder;

    private final MovableClock clock = new MovableClock();
    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private Path pem(String name, String label, Key key) throws IOException {
        return pem(folder, name, label, key);
    }

    static Path pem(Path folder, String name, String label, Key key) throws IOException {
        return Files.writeString(
                folder.resolve(name),
                "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                        + "\n-----END " + label + "-----\n");
    }

    static KeyPair ec() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    /** A service without a shared secret, always on the same store. */
    private AuthService service(Map<String, String> keys) throws Exception {
        return service(keys, "");
    }

    private AuthService service(Map<String, String> keys, String secret) throws Exception {
        return AuthService.start(
                vertx,
                keys,
                Map.of("BUS_AUTH_STORE_PATH", folder.resolve("auth.db").toString(), "BUS_AUTH_HS256_SECRET", secret),
                clock);
    }

    private TokenVerifier verifier(String keys) throws Exception {
        return await(TokenVerifier.create(vertx, new TokenSettings(List.of(), keys, Audiences.DEFAULT), clock));
    }

    private static String operator(AuthService auth) throws Exception {
        return auth.post(
                        "/api/internal/auth/token",
                        "{\"audience\":\"ai.hg.fi/auth\",\"scope\":\"waitlist:approve\"}",
                        "X-Bus-Internal-Key",
                        AuthService.INTERNAL_KEY)
                .text("access_token");
    }

    private static String approved(AuthService auth) throws Exception {
        String session = auth.session(USER);
        Reply reply = auth.post("/api/v1/auth/admin/approve", AuthService.email(USER), bearer(operator(auth)));
        assertEquals(200, reply.status(), reply.body().toString());
        return session;
    }

    @Test
    void shouldReplaceAKeyWhileItsTokensLive() throws Exception {
        KeyPair old = ec();
        KeyPair next = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        Path oldKey = pem("old.key", "PRIVATE KEY", old.getPrivate());
        Path nextKey = pem("next.key", "PRIVATE KEY", next.getPrivate());
        Path published = folder.resolve("jwks.json");
        String session;
        String before;
        TokenVerifier elsewhere;
        try (AuthService auth = service(Map.of("signing-key", oldKey.toString()))) {
            session = approved(auth);
            before = auth.token(session, "vm:read").text("access_token");
            Reply keys = auth.get(JWKS);
            assertEquals(1, keys.body().path("keys").size());
            assertEquals("ES256", keys.body().path("keys").path(0).path("alg").asText());
            assertFalse(keys.body().toString().contains("\"d\""), "the private part");
            Files.writeString(published, keys.whole().body());
            elsewhere = verifier(published.toString());
            assertEquals("vm:read", scopes(verifier(auth.url() + JWKS), before));
            assertEquals("vm:read", scopes(elsewhere, before));
        }

        String after;
        try (AuthService auth = service(Map.of("signing-key", nextKey.toString()))) {
            Reply keys = auth.get(JWKS);
            assertEquals(2, keys.body().path("keys").size());
            Files.writeString(published, keys.whole().body());
            assertEquals(200, auth.get("/api/v1/auth/status", bearer(session)).status(), "a session of the old key");
            assertEquals(200, auth.get("/api/v1/auth/check", bearer(before)).status());
            after = auth.token(session, "vm:write").text("access_token");
            TokenVerifier fresh = verifier(auth.url() + JWKS);
            assertEquals("vm:read", scopes(fresh, before));
            assertEquals("vm:write", scopes(fresh, after));
            clock.advance(Duration.ofSeconds(11)); // a key that is missing is looked for every ten seconds
            assertEquals("vm:write", scopes(elsewhere, after), "who has run all the time");
            assertEquals("vm:read", scopes(elsewhere, before));
        }

        try (AuthService auth = service(Map.of("signing-key", nextKey.toString(), "keep-old-keys", "false"))) {
            assertEquals(401, auth.get("/api/v1/auth/status", bearer(session)).status(), "the old key is taken out");
            assertEquals(401, auth.get("/api/v1/auth/check", bearer(before)).status());
            assertEquals(200, auth.get("/api/v1/auth/check", bearer(after)).status());
            Files.writeString(published, auth.get(JWKS).whole().body());
            TokenVerifier fresh = verifier(published.toString());
            assertEquals("vm:write", scopes(fresh, after));
            assertThrows(ApiException.class, () -> scopes(fresh, before));
        }
    }

    @Test
    void shouldForgetAKeyWhoseLastTokenHasEnded() throws Exception {
        Path old = pem("old", "PRIVATE KEY", ec().getPrivate());
        Path next = pem("next", "PRIVATE KEY", ec().getPrivate());
        try (AuthService auth = service(Map.of("signing-key", old.toString()))) {
            assertEquals(1, keys(auth));
        }
        clock.advance(Duration.ofHours(24)); // the longest life of a token, and of a session until it is refreshed
        try (AuthService auth = service(Map.of("signing-key", next.toString()))) {
            assertEquals(2, keys(auth), "what was signed in its last moment may just live");
            clock.advance(Duration.ofHours(1).plusMillis(1));
            assertEquals(1, keys(auth));
        }
    }

    private static int keys(AuthService auth) throws Exception {
        return auth.get(JWKS).body().path("keys").size();
    }

    @Test
    void shouldTakeACodeThatWasSentBeforeTheKeyWasReplaced() throws Exception {
        Path old = pem("old", "PRIVATE KEY", ec().getPrivate());
        Path next = pem("next", "PRIVATE KEY", ec().getPrivate());
        String code;
        try (AuthService auth = service(Map.of("signing-key", old.toString()))) {
            auth.register(USER);
            auth.requestCode(USER);
            code = auth.sentCode(USER);
        }
        try (AuthService auth = service(Map.of("signing-key", next.toString()))) {
            assertEquals(200, auth.verify(USER, code).status());
        }
    }

    private static String scopes(TokenVerifier verifier, String token) throws Exception {
        return new Scopes(await(verifier.verify("Bearer " + token)).scopes()).toString();
    }

    @Test
    void shouldTakeTokensOfTheSecretBesideThoseOfTheKey() throws Exception {
        Path key = pem("key", "PRIVATE KEY", ec().getPrivate());
        String bySecret;
        try (AuthService auth = service(Map.of(), AuthService.SECRET)) {
            bySecret = approved(auth);
            assertEquals("{\"keys\":[]}", auth.get(JWKS).whole().body());
        }
        try (AuthService auth = service(Map.of("signing-key", key.toString()), AuthService.SECRET)) {
            assertEquals(200, auth.get("/api/v1/auth/status", bearer(bySecret)).status());
            String byKey = auth.token(bySecret, "vm:read").text("access_token");
            assertEquals("vm:read", scopes(verifier(auth.url() + JWKS), byKey));
        }
        try (AuthService auth = service(Map.of("signing-key", key.toString()))) {
            assertEquals(401, auth.get("/api/v1/auth/status", bearer(bySecret)).status(), "without the secret");
        }
    }

    /** As while a deployment goes from the one to the other, process by process. */
    @Test
    void shouldKnowTheSessionsOfAnotherProcessThatSignsWithAKeyWhileThisOneHasTheSecret() throws Exception {
        Path key = pem("key", "PRIVATE KEY", ec().getPrivate());
        try (AuthService before = service(Map.of(), AuthService.SECRET);
                AuthService after = service(Map.of("signing-key", key.toString()), AuthService.SECRET)) {
            String bySecret = approved(before);
            String byKey = after.session(USER);
            for (AuthService either : List.of(before, after)) {
                for (String session : List.of(bySecret, byKey)) {
                    assertEquals(
                            200,
                            either.get("/api/v1/auth/status", bearer(session)).status());
                    String api = either.token(session, "vm:read").text("access_token");
                    for (AuthService other : List.of(before, after)) {
                        assertEquals(
                                200,
                                other.get("/api/v1/auth/check", bearer(api)).status());
                    }
                }
            }
        }
    }

    @Test
    void shouldForgetTheLastKeyWhereTheSecretSignsAgain() throws Exception {
        Path key = pem("key", "PRIVATE KEY", ec().getPrivate());
        String byKey;
        try (AuthService auth = service(Map.of("signing-key", key.toString()), AuthService.SECRET)) {
            byKey = approved(auth);
        }
        try (AuthService auth = service(Map.of(), AuthService.SECRET)) {
            assertEquals(200, auth.get("/api/v1/auth/status", bearer(byKey)).status());
        }
        try (AuthService auth = service(Map.of("keep-old-keys", "false"), AuthService.SECRET)) {
            assertEquals(401, auth.get("/api/v1/auth/status", bearer(byKey)).status());
        }
    }

    /** What is published is no secret, so what is signed with it is signed by nobody. */
    @Test
    void shouldNotTakeAPublicKeyForASecret() throws Exception {
        Path key = pem("key", "PRIVATE KEY", ec().getPrivate());
        try (AuthService auth = service(Map.of("signing-key", key.toString()))) {
            String published = auth.get(JWKS).whole().body();
            Grant grant = new Grant(
                    "operator", Scopes.AUDIENCE_AUTH, Scopes.parse("admin:manage"), Duration.ofHours(1), true);
            String forged = new TokenMinter(Hs256Secret.parse(published), clock).mint(grant);
            assertEquals(
                    401, auth.get("/api/v1/auth/admin/waitlist", bearer(forged)).status());
            assertTrue(operator(auth).length() > 100, "while a real one is made");
        }
    }
}
