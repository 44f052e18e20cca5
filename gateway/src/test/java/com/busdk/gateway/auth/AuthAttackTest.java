package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.USER;
import static com.busdk.gateway.auth.AuthService.await;
import static com.busdk.gateway.auth.AuthService.bearer;
import static com.busdk.gateway.auth.AuthService.email;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.sql.Database;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.client.sql.Sql;
import com.busdk.gateway.auth.AuthService.Reply;
import com.busdk.gateway.auth.AuthStore.SessionLife;
import com.busdk.gateway.vm.VmProvider;
import com.busdk.gateway.vm.VmProviderOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks on the auth service, by name. */
class AuthAttackTest {
    private static final String ROOT = "/api/v1/auth";
    /** The right key but for its last character. */
    private static final String OF_THE_LENGTH =
            AuthService.INTERNAL_KEY.substring(0, AuthService.INTERNAL_KEY.length() - 1) + "!";

    private static final Map<String, String> IN_MEMORY = Map.of("BUS_AUTH_STORE_PATH", "memory");

    private Vertx vertx;
    private AuthService auth;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        auth = AuthService.start(vertx, Map.of(), IN_MEMORY);
    }

    @AfterEach
    void stop() throws Exception {
        auth.close();
        await(vertx.close());
    }

    @Test
    void shouldAnswerAlikeForKnownAndUnknownAddresses() throws Exception {
        auth.session(USER);

        assertEquals(said(auth.register(USER)), said(auth.register("nobody@example.com")));
        assertEquals(said(auth.requestCode(USER)), said(auth.requestCode("unknown@example.com")));
        assertEquals("", auth.sentCode("unknown@example.com"));
        Reply known = auth.verify(USER, "abcdef");
        assertEquals(401, known.status());
        assertEquals(said(known), said(auth.verify("unknown@example.com", "abcdef")), "with a code that was sent");
        assertEquals(said(known), said(auth.verify("never-seen@example.com", "abcdef")), "without one");
        assertEquals(said(known), said(auth.verify(USER, "")));
    }

    /** All that an answer has but its date and its id. */
    static String said(Reply reply) {
        Map<String, List<String>> headers =
                new TreeMap<>(reply.whole().headers().map());
        headers.keySet().removeAll(List.of("date", "x-request-id"));
        return reply.status() + " " + headers + reply.body();
    }

    /** What takes the time is what is written: the rest is a few look-ups that are the same in number, too. */
    @Test
    void shouldDoTheSameWorkForKnownAndUnknownAddresses() throws Exception {
        Database database = await(Database.open(vertx, new DatabaseLocation.Memory(), AuthTables.SCHEMA));
        AuthStore store = new AuthStore(
                database,
                auth.clock,
                new OtpCodes(new byte[32]),
                new SessionLife(Duration.ofHours(1), Duration.ofDays(1)));
        EmailAddress known = EmailAddress.parse(USER);
        EmailAddress unknown = EmailAddress.parse("unknown@example.com");
        await(store.register(known));
        AtomicLong counted = new AtomicLong();
        rows(database, counted, Future.succeededFuture());

        assertEquals(1, rows(database, counted, store.requestCode(known)));
        assertEquals(1, rows(database, counted, store.requestCode(unknown)));
        assertEquals(1, rows(database, counted, store.verify(known, "abcdef")));
        assertEquals(1, rows(database, counted, store.verify(unknown, "abcdef")));
        assertEquals(1, rows(database, counted, store.verify(EmailAddress.parse("never-seen@example.com"), "abcdef")));
        login(store, known);
        rows(database, counted, Future.succeededFuture());
        assertEquals(1, rows(database, counted, store.verify(known, "abcdef")), "who has just logged in");
        assertEquals(1, rows(database, counted, store.register(known)));
        assertEquals(1, rows(database, counted, store.register(EmailAddress.parse("new@example.com"))));
        await(database.close());
    }

    private static void login(AuthStore store, EmailAddress address) throws Exception {
        var made = assertInstanceOf(AuthStore.CodeRequest.Made.class, await(store.requestCode(address)));
        assertTrue(await(store.verify(address, made.code())).isPresent());
    }

    /** How many rows were written since the last call. */
    private static long rows(Database database, AtomicLong counted, Future<?> work) throws Exception {
        await(work);
        Future<Long> total = database.write(c ->
                Sql.first(c, row -> row.getLong(1), "SELECT total_changes()").orElseThrow());
        long now = await(total);
        return now - counted.getAndSet(now);
    }

    @Test
    void shouldAnswerWithoutWaitingForTheMail() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        try (SmtpServer server =
                        SmtpServer.start(SmtpServer.Manners.builder().held(held).build());
                AuthService slow = AuthService.start(vertx, AuthLimitsTest.mailing(server), IN_MEMORY)) {
            slow.register(USER);
            assertEquals(200, slow.requestCode(USER).status());
            assertEquals(200, slow.requestCode("unknown@example.com").status());
            server.awaitConnection();
            assertEquals(List.of(), server.commands(), "the server has not said a word yet");

            held.countDown();
            assertEquals(List.of(USER), server.mail().to(), "and the mail comes, which nobody waited for");
        }
    }

    /** Whoever reads the figures before and after asking for a code must not learn whether somebody has the address. */
    @Test
    void shouldCountAlikeForKnownAndUnknownAddresses() throws Exception {
        auth.session(USER);
        assertEquals(moved(USER), moved("unknown@example.com"));
    }

    /** The figures of one-time passwords that move when a code is asked for and a wrong one tried. */
    private String moved(String address) throws Exception {
        Map<String, Double> before = figures();
        auth.requestCode(address);
        auth.sentCode(address);
        auth.verify(address, "abcdef");
        Map<String, Double> after = figures();
        after.replaceAll((name, value) -> value - before.getOrDefault(name, 0.0));
        assertTrue(after.values().stream().anyMatch(value -> value > 0), "some do");
        return after.toString();
    }

    private Map<String, Double> figures() throws Exception {
        Map<String, Double> figures = new TreeMap<>();
        auth.get("/metrics")
                .whole()
                .body()
                .lines()
                .filter(line -> line.startsWith("bus_auth_api_otp"))
                .forEach(line -> {
                    int space = line.lastIndexOf(' ');
                    figures.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
                });
        return figures;
    }

    @Test
    void shouldNotLetASessionOrAnApiTokenApprove() throws Exception {
        String session = auth.session(USER);
        List<String> wrong = List.of(
                session,
                auth.operator("waitlist:read"),
                auth.operator("waitlist:approver"),
                auth.operator("status:read token:issue"));
        for (String token : wrong) {
            Reply refused = auth.post(ROOT + "/admin/approve", email(USER), bearer(token));
            assertEquals(403, refused.status(), refused.body().toString());
            assertEquals(
                    "waitlist:approve",
                    refused.body().path("error").path("scope").asText());
        }
        for (String audience : List.of(Scopes.AUDIENCE_API, Scopes.AUDIENCE_INTERNAL, "ai.hg.fi/auth#other")) {
            String token = auth.minted(
                    new Grant("x", audience, Scopes.parse("waitlist:approve admin:manage"), Duration.ofHours(1), true));
            assertEquals(
                    401,
                    auth.post(ROOT + "/admin/approve", email(USER), bearer(token))
                            .status(),
                    audience);
        }
        assertEquals(401, auth.post(ROOT + "/admin/approve", email(USER)).status());
        assertEquals(403, auth.get(ROOT + "/admin/waitlist", bearer(session)).status());
        assertEquals("waitlisted", auth.get(ROOT + "/status", bearer(session)).text("status"));
    }

    /** With the secret of the deployment but without a session in the store. */
    @Test
    void shouldNotTakeASessionThatItHasNotBegun() throws Exception {
        String id =
                auth.get(ROOT + "/status", bearer(auth.approvedSession(USER))).text("identity_id");
        Scopes scopes = Scopes.parse("status:read token:issue admin:manage");
        String forged = auth.minted(new Grant(id, Scopes.AUDIENCE_AUTH, scopes, Duration.ofHours(1), false));
        String service = auth.minted(new Grant(id, Scopes.AUDIENCE_AUTH, scopes, Duration.ofHours(1), true));

        assertEquals(401, auth.token(forged, "vm:read").status());
        assertEquals(401, auth.get(ROOT + "/status", bearer(forged)).status());
        assertEquals(401, auth.get(ROOT + "/check", bearer(forged)).status());
        assertEquals(401, auth.get(ROOT + "/admin/waitlist", bearer(forged)).status());
        assertEquals(401, auth.token(service, "vm:read").status(), "a service has no session");
    }

    @Test
    void shouldNotTakeAnApiTokenForASession() throws Exception {
        String api = auth.token(auth.approvedSession(USER), "vm:read").text("access_token");

        assertEquals(401, auth.get(ROOT + "/status", bearer(api)).status());
        assertEquals(401, auth.token(api, "vm:read").status());
        assertEquals(401, auth.post(ROOT + "/token/refresh", "", bearer(api)).status());
        assertEquals(401, auth.post(ROOT + "/logout", "", bearer(api)).status());
    }

    @Test
    void shouldNotLetASessionIntoAProvider() throws Exception {
        String session = auth.approvedSession(USER);
        String api = auth.token(session, "vm:read").text("access_token");
        auth.close();
        auth = AuthService.start(vertx, Map.of(), IN_MEMORY); // only for its end

        VmProvider vm = await(VmProvider.start(
                vertx,
                VmProviderOptions.read(
                        Map.of("addr", "127.0.0.1:0", "backend", "static"),
                        Map.of("BUS_AUTH_HS256_SECRET", AuthService.SECRET))));
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String token : List.of(session, api)) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(vm.url() + "/api/v1/vm/status"))
                        .headers(bearer(token))
                        .build();
                // The clock of the tokens stands in the past: both are over, and only one has another fault before
                // that.
                String body = client.send(request, BodyHandlers.ofString()).body();
                assertEquals(token.equals(session), body.contains("another audience"), body);
            }
        }
        await(vm.close());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "container:admin",
                "vm:read container:admin",
                "events:admin",
                "admin:manage",
                "waitlist:approve",
                "VM:READ",
                "vm:read,container:admin",
                "*"
            })
    void shouldNotGiveUsersWhatIsNotOnTheList(String scope) throws Exception {
        Reply refused = auth.token(auth.approvedSession(USER), scope);

        assertEquals(403, refused.status(), refused.body().toString());
        assertEquals("insufficient_access", refused.error());
        String first = scope.replace("vm:read ", "");
        assertTrue(refused.message().startsWith("users do not get " + first + " here;"), refused.message());
    }

    @Test
    void shouldGiveUsersNoOtherAudienceAndNoOtherName() throws Exception {
        String session = auth.approvedSession(USER);

        Reply internal = auth.post(
                ROOT + "/token", "{\"scope\":\"vm:read\",\"audience\":\"ai.hg.fi/internal\"}", bearer(session));
        assertEquals(403, internal.status());

        Reply named = auth.post(
                ROOT + "/token",
                "{\"scope\":\"vm:read\",\"subject\":\"somebody\",\"token_use\":\"service\",\"sub\":\"x\"}",
                bearer(session));
        assertEquals(200, named.status());
        Reply claims = auth.get(ROOT + "/check", bearer(named.text("access_token")));
        assertEquals(auth.get(ROOT + "/status", bearer(session)).text("identity_id"), claims.text("sub"));
        assertFalse(claims.body().has("token_use"));
        assertFalse(claims.body().toString().contains("example.com"), "no address in a token");
    }

    @Test
    void shouldGiveServiceTokensForTheRightKeyOnly() throws Exception {
        String path = "/api/internal/auth/token";
        String body = "{\"subject\":\"worker\",\"audience\":\"ai.hg.fi/api\",\"scope\":\"events:send\"}";
        String header = "X-Bus-Internal-Key";
        for (String key : List.of(
                "x", AuthService.INTERNAL_KEY + "x", AuthService.INTERNAL_KEY.substring(1), OF_THE_LENGTH, " ")) {
            assertEquals(403, auth.post(path, body, header, key).status());
        }
        assertEquals(403, auth.post(path, body).status());
        assertEquals(403, auth.post(path, "not JSON", header, "x").status(), "the key before all");

        Reply issued = auth.post(path, body, header, AuthService.INTERNAL_KEY);
        assertEquals(200, issued.status(), issued.body().toString());
        Reply claims = auth.get(ROOT + "/check", bearer(issued.text("access_token")));
        assertEquals("service", claims.text("token_use"));
        assertEquals("worker", claims.text("sub"));
        assertEquals(
                600,
                claims.body().path("exp").asLong() - claims.body().path("iat").asLong());
        assertEquals(
                "ai.hg.fi/internal",
                auth.post(path, "", header, AuthService.INTERNAL_KEY).text("audience"));
        for (String bad : List.of(
                "{\"audience\":\"ai.hg.fi/other\"}",
                "{\"subject\":\"\"}",
                "{\"subject\":\"a\\u0000b\"}",
                "{\"ttl_seconds\":86401}",
                "{\"scope\":\"a\\\"b\"}")) {
            assertEquals(
                    400, auth.post(path, bad, header, AuthService.INTERNAL_KEY).status(), bad);
        }

        try (AuthService without = AuthService.start(
                vertx, Map.of(), Map.of("BUS_AUTH_STORE_PATH", "memory", "BUS_AUTH_INTERNAL_SHARED_KEY", ""))) {
            assertEquals(403, without.post(path, body, header, "").status());
            assertEquals(403, without.post(path, body).status());
        }
    }

    @Test
    void shouldNotBelieveATokenThatNobodySigned() throws Exception {
        String session = auth.approvedSession(USER);
        String[] parts = session.split("\\.", -1);
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        String admin = claims.replace("status:read token:issue", "admin:manage");
        for (String forged : List.of(
                encode("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "." + parts[1] + ".",
                encode("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "." + parts[1] + "." + parts[2],
                parts[0] + "." + encode(admin) + "." + parts[2],
                parts[0] + "." + parts[1] + "." + parts[2] + "=",
                parts[0] + "." + parts[1],
                "..",
                "")) {
            assertEquals(401, auth.get(ROOT + "/status", bearer(forged)).status(), forged);
            assertEquals(401, auth.get(ROOT + "/check", bearer(forged)).status(), forged);
            assertEquals(401, auth.get(ROOT + "/admin/waitlist", bearer(forged)).status(), forged);
        }
        assertEquals(
                401,
                auth.get(ROOT + "/status", "Authorization", "Basic " + session).status());
        assertEquals(401, auth.get(ROOT + "/status?access_token=" + session).status());
    }

    private static String encode(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"email\":\"user@example.com\\r\\nBcc: evil@example.com\"}",
                "{\"email\":\"user@example.com\\n\"}",
                "{\"email\":\"\\\"user\\r\\nBcc: x\\\"@example.com\"}",
                "{\"email\":\"user@example.com, evil@example.com\"}",
                "{\"email\":\"user@example.com>\"}",
                "{\"email\":[\"user@example.com\"]}",
                "{\"email\":{\"$ne\":\"\"}}",
                "{\"email\":null}",
                "{\"email\":\"\"}",
                "{\"email\":\"user@example.com\",\"email\":\"evil@example.com\"}",
                "{\"email\":\"user@example.com\"}{\"email\":\"evil@example.com\"}",
                "{\"email\":\"user@example.com' OR '1'='1\"}",
                "\"user@example.com\"",
                "",
                "{"
            })
    void shouldRefuseWhatIsNoAddress(String body) throws Exception {
        auth.register(USER);
        for (String path : List.of("/register", "/otp/request", "/otp/verify")) {
            Reply refused = auth.post(ROOT + path, body);
            assertEquals(400, refused.status(), refused.body().toString());
            assertFalse(refused.message().contains("evil"), refused.message());
        }
        assertEquals("", auth.sentCode(USER));
    }

    @Test
    void shouldRefuseOneTimePasswordsOfOtherTypes() throws Exception {
        assertEquals(
                400,
                auth.post(ROOT + "/otp/verify", "{\"email\":\"user@example.com\",\"otp\":123456}")
                        .status());
        assertEquals(400, auth.post(ROOT + "/otp/verify", email(USER)).status());
        assertEquals(401, auth.verify(USER, "1".repeat(1_000)).status());
        assertEquals(401, auth.verify(USER, "١٢٣٤٥٦").status());
    }

    @Test
    void shouldKnowAnAddressHoweverItIsSpelled() throws Exception {
        auth.register("User@Example.COM");
        for (String spelled : List.of("user@example.com", " USER@example.com ", "ｕser＠example.com")) {
            auth.requestCode(spelled);
            Reply verified = auth.verify("uSeR@eXample.com", auth.sentCode(USER));
            assertEquals(200, verified.status(), spelled);
        }
        auth.register("user+tag@example.com");
        assertEquals(
                2,
                auth.get(ROOT + "/admin/waitlist", bearer(auth.operator("waitlist:read")))
                        .body()
                        .path("items")
                        .size());
    }

    @Test
    void shouldRefuseRequestsThatAreNotMeantForIt() throws Exception {
        assertEquals(405, auth.get(ROOT + "/register").status());
        assertEquals(405, auth.post(ROOT + "/status", "{}").status());
        assertEquals(404, auth.get(ROOT + "/admin").status());
        assertEquals(
                415,
                auth.send(auth.request(ROOT + "/register")
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(BodyPublishers.ofString("email=user@example.com"))
                                .build())
                        .status());
        assertEquals(
                413,
                auth.post(ROOT + "/register", "{\"email\":\"" + "x".repeat(9_000) + "\"}")
                        .status());
        assertEquals(400, auth.post(ROOT + "/register", "[".repeat(5_000)).status());
        assertEquals(200, auth.get("/healthz").status());
        assertEquals(200, auth.get("/readyz").status());
        assertTrue(auth.get("/metrics").whole().body().contains("bus_auth_api_otp_made"), "figures");
    }

    @Test
    void shouldKeepAddressesOutOfWhatItPrints() {
        EmailAddress address = EmailAddress.parse(USER);
        List<Object> printed = List.of(
                address,
                new AuthStore.CodeRequest.Made("123456", true),
                new AuthTokens.Minted("secret-token", Instant.EPOCH),
                new SmtpOptions.Credentials("mailer", "hunter2"));
        for (Object one : printed) {
            assertFalse(one.toString().matches("(?s).*(user@|123456|secret-token|mailer|hunter2).*"), one.toString());
        }
    }
}
