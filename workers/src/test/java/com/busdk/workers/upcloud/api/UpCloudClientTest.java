package com.busdk.workers.upcloud.api;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.workers.upcloud.options.ApiToken;
import com.busdk.workers.upcloud.testing.MovedTime;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetServer;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UpCloudClientTest {
    private static final String HTML = "<html><body>503</body></html>";

    private final Vertx vertx = Vertx.vertx();
    private final StubCloud cloud = StubCloud.start(vertx);
    private final MovedTime time = new MovedTime(vertx);
    private final ApiToken token = ApiToken.of(StubCloud.TOKEN);
    private final UpCloudClient client = new UpCloudClient(vertx, cloud.url(), token, time);

    @AfterEach
    void stop() {
        await(client.close());
        cloud.close();
        await(vertx.close());
    }

    private static ServerSpec spec() {
        return new ServerSpec(
                "fi-hel2",
                "runner",
                "runner",
                "1xCPU-1GB",
                "01000000-0000-4000-8000-000030240200",
                0,
                List.of("ssh-ed25519 AAAA"),
                Map.of("bus-runner", "runner"),
                StubCloud.NETWORK,
                null);
    }

    @Test
    void shouldSendTheTokenInTheHeaderAlone() {
        await(client.servers());
        StubCloud.Call call = cloud.calls().getFirst();
        assertEquals("Bearer " + StubCloud.TOKEN, call.authorization());
        assertFalse(call.path().contains("SECRET"));
    }

    @Test
    void shouldReadAServerWhoseNumbersAreStringsAndWhoseHostIsHuge() {
        Machine machine = cloud.machine("gpu", "started").label("a", "b");
        Server server = await(client.server(machine.uuid));
        assertEquals("gpu", server.title());
        assertEquals(machine.created, server.created());
        assertEquals(Map.of("a", "b"), server.labels());
        assertEquals(
                "6e:28:ff:12:f6:5f",
                server.privateNic(StubCloud.NETWORK).orElseThrow().mac());
        assertEquals(List.of("127.0.0.9"), server.publicNic().orElseThrow().ipv4());
    }

    @Test
    void shouldKeepSecretsOfAnswersOutOfWhatItGivesBack() {
        Server server = await(client.create(spec()));
        assertFalse(server.toString().contains(StubCloud.PASSWORD), server.toString());
    }

    @Test
    void shouldWaitAsLongAsTheCloudAsksForBeforeItReadsAgain() {
        cloud.fail("GET", "/server", 429, "", "Retry-After", "77");
        assertEquals(List.of(), await(client.servers()));
        assertEquals(2, cloud.count("GET", "/server"));
        assertTrue(time.pauses().contains(Duration.ofSeconds(77)), time.pauses().toString());
    }

    @Test
    void shouldGiveUpOnACloudThatWantsToBeLeftAloneForLong() {
        cloud.fail("GET", "/server", 429, "", "Retry-After", "3600");
        CloudException e = failure(CloudException.class, client.servers());
        assertEquals(429, e.status());
        assertEquals(1, cloud.count("GET", "/server"));
    }

    @Test
    void shouldReadAgainAfterFaultsAndLostConnections() {
        cloud.fail("GET", "/server", 500, StubCloud.error("SERVICE_ERROR", "m"));
        cloud.fail("GET", "/server", 503, HTML);
        cloud.fail("GET", "/server", 504, "");
        cloud.cut("GET", "/server", false);
        assertEquals(List.of(), await(client.servers()));
        assertEquals(5, cloud.count("GET", "/server"));
    }

    @Test
    void shouldStopReadingAgainAtSomePoint() {
        for (int i = 0; i < 20; i++) {
            cloud.fail("GET", "/server", 503, HTML);
        }
        assertEquals(503, failure(CloudException.class, client.servers()).status());
        assertEquals(5, cloud.count("GET", "/server"));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 402, 403, 404, 405})
    void shouldNotHammerOnWhatWillNotPass(int status) {
        cloud.fail("GET", "/server", status, StubCloud.error("X", "m"));
        assertEquals(status, failure(CloudException.class, client.servers()).status());
        assertEquals(1, cloud.calls().size());
    }

    @Test
    void shouldNeverRepeatACreateByItself() {
        cloud.fail("POST", "/server", 500, "");
        CloudException e = failure(CloudException.class, client.create(spec()));
        assertTrue(e.outcomeUnknown());
        cloud.cut("POST", "/server", true);
        assertTrue(failure(CloudException.class, client.create(spec())).outcomeUnknown());
        assertEquals(2, cloud.count("POST", "/server"));
        assertEquals(1, cloud.machines().size(), "the second one was obeyed before the connection was lost");
    }

    /** Ids have been UUIDs until now; a server that was created and is not recognised would be created once more. */
    @Test
    void shouldTakeAnIdThatIsNoUuid() {
        cloud.fail("POST", "/server", 202, "{\"server\":{\"uuid\":\"srv-1\",\"state\":\"maintenance\"}}");
        assertEquals("srv-1", await(client.create(spec())).uuid());
        assertTrue(failure(CloudException.class, client.server("srv-1")).notFound());
        assertEquals(1, cloud.count("GET", "/server/srv-1"));
    }

    @Test
    void shouldTakeAMissingServerForDeleted() {
        await(client.delete("00f53904-3f10-49cb-8c9c-103016ea7cbc", true));
        assertEquals(1, cloud.count("DELETE", "storages=1&backups=keep"));
    }

    @Test
    void shouldStopPolitelyWithATimeoutThatIsAString() {
        Machine machine = cloud.machine("gpu", "started");
        await(client.stop(machine.uuid));
        var stop = cloud.call("POST", "/stop").json().path("stop_server");
        assertEquals("soft", stop.path("stop_type").textValue());
        assertEquals("60", stop.path("timeout").textValue());
    }

    @Test
    void shouldNotTakeAnAnswerWithoutAListForAnEmptyList() {
        cloud.fail("GET", "/server", 200, "{}");
        for (int i = 0; i < 4; i++) {
            cloud.fail("GET", "/server", 200, "{\"other\":1}");
        }
        assertTrue(
                String.valueOf(failure(CloudException.class, client.servers()).getMessage())
                        .contains("no list"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../account", "..", "a/b", "a?b", "a%2Fb", "a b", ""})
    void shouldRefuseAnIdThatCouldChangeThePath(String id) {
        assertThrows(IllegalArgumentException.class, () -> client.server(id));
        cloud.fail("POST", "/server", 202, "{\"server\":{\"uuid\":\"" + id + "\",\"state\":\"maintenance\"}}");
        assertTrue(String.valueOf(
                        failure(CloudException.class, client.create(spec())).getMessage())
                .contains("no server"));
    }

    @Test
    void shouldNotFollowARedirectWithItsToken() {
        cloud.fail("GET", "/server", 302, "", "Location", cloud.url() + "/elsewhere");
        assertEquals(302, failure(CloudException.class, client.servers()).status());
        assertEquals(0, cloud.count("GET", "/elsewhere"));
    }

    @Test
    void shouldCutOffAnAnswerWithoutAnEnd() {
        HttpServer endless = vertx.createHttpServer().requestHandler(request -> {
            request.response().setChunked(true);
            vertx.setPeriodic(1, timer -> {
                if (request.response().ended() || request.response().closed()) {
                    vertx.cancelTimer(timer);
                } else if (!request.response().writeQueueFull()) {
                    request.response().write(" ".repeat(1 << 20));
                }
            });
        });
        await(endless.listen(0, "127.0.0.1"));
        CloudHttp http = new CloudHttp(vertx, URI.create("http://127.0.0.1:" + endless.actualPort()), token);
        CloudException e =
                failure(CloudException.class, http.call(HttpMethod.GET, "/server", null, Duration.ofSeconds(30)));
        assertTrue(String.valueOf(e.getMessage()).contains("longer than"), e.getMessage());
        await(http.close());
    }

    @Test
    void shouldGiveUpOnAServerThatSaysNothing() {
        NetServer silent = vertx.createNetServer().connectHandler(socket -> {});
        await(silent.listen(0, "127.0.0.1"));
        CloudHttp http = new CloudHttp(vertx, URI.create("http://127.0.0.1:" + silent.actualPort()), token);
        CloudException e =
                failure(CloudException.class, http.call(HttpMethod.POST, "/server", null, Duration.ofMillis(50)));
        assertTrue(e.outcomeUnknown());
        await(http.close());
    }
}
