package com.busdk.client.events;

import static com.busdk.client.testing.StubHub.await;
import static com.busdk.client.testing.StubHub.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.testing.SilentPort;
import com.busdk.client.testing.StubHub;
import com.busdk.client.testing.StubHub.Exchange;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EventsClientTest {
    private static final Envelope PING =
            Envelope.builder("example.ping").payload("{\"ok\": true}").build();
    private static final String RECEIPT =
            "{\"accepted\":true,\"id\":\"evt_1\",\"name\":\"example.ping\",\"sequence\":7}";

    private final Vertx vertx = Vertx.vertx();
    private final StubHub hub = StubHub.start(vertx);
    private final EventsClient client = EventsClient.create(vertx, hub.url(), TokenSource.fixed("token-1"));

    @AfterEach
    void stop() {
        await(client.close());
        hub.close();
        await(vertx.close());
    }

    @Test
    void shouldPublishAnEvent() {
        Future<PublishReceipt> receipt = client.publish(PING);
        Exchange request = hub.next();
        assertEquals("POST", request.method());
        assertEquals("/api/v1/events", request.path());
        assertEquals("application/json", request.header("content-type"));
        assertEquals("Bearer token-1", request.header("authorization"));
        assertEquals(PING.toJson(), request.body());
        request.answer(202, RECEIPT);
        assertEquals(new PublishReceipt("evt_1", "example.ping", 7, false), await(receipt));
    }

    @Test
    void shouldSayThatAnEventWasADuplicate() {
        Future<PublishReceipt> receipt = client.publish(PING);
        hub.next().answer(202, RECEIPT.replace("}", ",\"duplicate\":true}"));
        assertTrue(await(receipt).duplicate());
    }

    @Test
    void shouldFailWithTheServicesError() {
        Future<PublishReceipt> receipt = client.publish(PING);
        Exchange request = hub.next();
        request.request().response().putHeader("retry-after", "3");
        request.answer(503, "{\"error\":{\"type\":\"unavailable\",\"message\":\"disk full\"}}");
        ApiException e = assertInstanceOf(ApiException.class, failure(receipt));
        assertEquals("unavailable", e.type());
        assertEquals("disk full", e.message());
        assertEquals(3, e.retryAfter().orElseThrow());
    }

    @Test
    void shouldMakeAnErrorOfWhatAProxyWrites() {
        Future<PublishReceipt> receipt = client.publish(PING);
        hub.next().answer(502, "text/html", "<html>" + "x".repeat(1_000_000));
        ApiException e = assertInstanceOf(ApiException.class, failure(receipt));
        assertEquals("bad_gateway", e.type());
        assertFalse(e.message().contains("html"), e.message());
    }

    @Test
    void shouldRefuseAnAnswerThatIsNotOfAnEventsService() {
        for (String body : List.of("<html>", "{}", "[]", "")) {
            Future<PublishReceipt> receipt = client.publish(PING);
            hub.next().answer(200, body);
            assertEquals(
                    502, assertInstanceOf(ApiException.class, failure(receipt)).status(), body);
        }
    }

    @Test
    void shouldKnowThatNothingWasSentWhenNobodyListens() {
        try (SilentPort nobody = new SilentPort()) {
            EventsClient other = EventsClient.create(vertx, nobody.url(), TokenSource.fixed("t"));
            UnreachableException e = assertInstanceOf(UnreachableException.class, failure(other.publish(PING)));
            assertFalse(e.outcomeUnknown(), e.getMessage());
            await(other.close());
        }
    }

    @Test
    void shouldKnowThatItMayHaveHappenedWhenTheConnectionIsLost() {
        Future<PublishReceipt> receipt = client.publish(PING);
        hub.next().cut();
        UnreachableException e = assertInstanceOf(UnreachableException.class, failure(receipt));
        assertTrue(e.outcomeUnknown());
    }

    @Test
    void shouldGiveUpWhenNoAnswerComes() {
        EventsClient hasty = EventsClient.create(
                vertx,
                hub.url(),
                TokenSource.fixed("t"),
                EventsClientOptions.DEFAULT.withRequestTimeout(Duration.ofMillis(50)));
        ApiException e = assertInstanceOf(ApiException.class, failure(hasty.publish(PING)));
        assertEquals("timeout", e.type());
        await(hasty.close());
    }

    @Test
    void shouldTryOnceMoreWithATokenThatWasRenewed(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("token"), "old");
        EventsClient other = EventsClient.create(vertx, hub.url(), TokenSource.file(file, warning -> {}));
        Future<PublishReceipt> receipt = other.publish(PING);
        Exchange first = hub.next();
        assertEquals("Bearer old", first.header("authorization"));
        Files.writeString(file, "new");
        first.answer(401, "{\"error\":{\"type\":\"invalid_auth\",\"message\":\"expired\"}}");
        Exchange second = hub.next();
        assertEquals("Bearer new", second.header("authorization"));
        second.answer(202, RECEIPT);
        assertEquals("evt_1", await(receipt).id());

        Future<PublishReceipt> refused = other.publish(PING);
        hub.next().answer(401, "{\"error\":{\"type\":\"invalid_auth\",\"message\":\"expired\"}}");
        assertEquals(401, assertInstanceOf(ApiException.class, failure(refused)).status());
        assertTrue(hub.hasNoMore());
        await(other.close());
    }

    @Test
    void shouldFailWithoutAToken(@TempDir Path dir) {
        EventsClient other =
                EventsClient.create(vertx, hub.url(), TokenSource.file(dir.resolve("none"), warning -> {}));
        assertInstanceOf(TokenException.class, failure(other.publish(PING)));
        await(other.close());
    }

    @Test
    void shouldSettleLeases() {
        Future<AckReceipt> receipt = client.settle(new AckRequest(
                "g",
                List.of("a1", "a2"),
                List.of(
                        new AckRequest.Nack("n1", Duration.ofSeconds(5), "later"),
                        new AckRequest.Nack("n2", null, null)),
                List.of(new AckRequest.Reject("r1", "never")),
                List.of("e1")));
        Exchange request = hub.next();
        assertEquals("/api/v1/events/ack", request.path());
        assertEquals(
                "{\"group\":\"g\",\"ack\":[\"a1\",\"a2\"],\"nack\":[{\"token\":\"n1\",\"delay\":\"5s\","
                    + "\"reason\":\"later\"},{\"token\":\"n2\"}],\"reject\":[{\"token\":\"r1\",\"reason\":\"never\"}],"
                    + "\"extend\":[\"e1\"]}",
                request.body());
        request.answer(200, "{\"ack\":1,\"nack\":2,\"reject\":1,\"extend\":0,\"stale\":[\"a2\"],\"unknown\":[\"e1\"]}");
        assertEquals(new AckReceipt(1, 2, 1, 0, List.of("a2"), List.of("e1")), await(receipt));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/api/v1/events", "/api/v1/events/"})
    void shouldTakeTheServicesRootOrItsCollection(String path) {
        URI root = hub.url().resolve("/");
        EventsClient other =
                EventsClient.create(vertx, URI.create("http://" + root.getAuthority() + path), TokenSource.fixed("t"));
        Future<PublishReceipt> receipt = other.publish(PING);
        Exchange request = hub.next();
        assertEquals("/api/v1/events", request.path());
        request.answer(202, RECEIPT);
        assertEquals("evt_1", await(receipt).id());
        await(other.close());
    }

    @Test
    void shouldAskAndGetTheResponse() {
        Envelope ask = Envelope.builder("example.job.request").payload("1").build();
        Future<Envelope> response = client.request(ask, Duration.ofSeconds(3));
        Exchange request = hub.next();
        assertEquals("/api/v1/events/request", request.path());
        assertEquals("3s", request.parameters().get("timeout"));
        assertEquals(ask.toJson(), request.body());
        request.answer(200, "{\"name\":\"example.job.response\",\"payload\":[1.0, 2]}");
        assertEquals("[1.0, 2]", await(response).payload());

        Future<Envelope> nobody = client.request(ask, Duration.ofSeconds(3));
        hub.next().answer(503, "{\"error\":{\"type\":\"no_responders\",\"message\":\"nobody\"}}");
        assertEquals(
                "no_responders",
                assertInstanceOf(ApiException.class, failure(nobody)).type());
        assertEquals(
                400,
                assertInstanceOf(ApiException.class, failure(client.request(ask, Duration.ZERO)))
                        .status());
    }

    @Test
    void shouldPublishWhileRequestsWaitForTheirResponses() {
        EventsClient narrow = EventsClient.create(
                vertx, hub.url(), TokenSource.fixed("t"), EventsClientOptions.DEFAULT.withMaxConnections(1));
        Envelope ask = Envelope.builder("example.job.request").build();
        Future<Envelope> first = narrow.request(ask, Duration.ofSeconds(30));
        Exchange firstQuestion = hub.next();
        Future<Envelope> second = narrow.request(ask, Duration.ofSeconds(30));
        Exchange secondQuestion = hub.next();
        Future<PublishReceipt> receipt = narrow.publish(PING);
        hub.next().answer(202, RECEIPT);
        assertEquals("evt_1", await(receipt).id());
        firstQuestion.answer(200, "{\"name\":\"example.job.response\",\"payload\":1}");
        secondQuestion.answer(200, "{\"name\":\"example.job.response\",\"payload\":2}");
        assertEquals("1", await(first).payload());
        assertEquals("2", await(second).payload());
        await(narrow.close());
    }

    @Test
    void shouldAskAboutGroupsNamesEventsAndDeadLetters() {
        assertAsks("GET", "/groups?name=a.b", client.groups("a.b"));
        assertAsks("GET", "/groups", client.groups(null));
        assertAsks("GET", "/names", client.names());
        assertAsks("GET", "/names?after=a.b", client.names("a.b"));
        assertAsks("GET", "/dead-letters?group=g&after=evt_1", client.deadLetters("g", null, "evt_1", null));
        assertAsks("GET", "/evt_1", client.show("evt_1"));
        assertAsks("GET", "/dead-letters?group=g%26x&name=a.b", client.deadLetters("g&x", "a.b", null, null));
        assertEquals(
                "{\"group\":\"g\",\"ids\":[\"evt_1\"]}",
                assertAsks("POST", "/dead-letters/redrive", client.redrive("g", List.of("evt_1"), null)));
        assertEquals(
                "{\"group\":\"g\",\"all\":true}", assertAsks("DELETE", "/dead-letters", client.purge("g", null, null)));
        assertInstanceOf(ApiException.class, failure(client.show("../admin")));
    }

    @Test
    void shouldNameTheOwnerOfDeadLetters() {
        assertAsks(
                "GET",
                "/dead-letters?group=g&name=a.b&after=evt_1&owner=alice%26x",
                client.deadLetters("g", "a.b", "evt_1", "alice&x"));
        assertEquals(
                "{\"group\":\"g\",\"owner\":\"alice\",\"ids\":[\"evt_1\"]}",
                assertAsks("POST", "/dead-letters/redrive", client.redrive("g", List.of("evt_1"), "alice")));
        assertEquals(
                "{\"group\":\"g\",\"owner\":\"alice\",\"all\":true}",
                assertAsks("DELETE", "/dead-letters", client.purge("g", null, "alice")));
    }

    private String assertAsks(String method, String below, Future<JsonNode> answer) {
        Exchange request = hub.next();
        assertEquals(method, request.method());
        assertEquals("/api/v1/events" + below, request.request().uri());
        String body = request.body();
        request.answer(200, "{\"answer\":\"" + method + "\"}");
        assertEquals(method, await(answer).path("answer").asText());
        return body;
    }

    @Test
    void shouldTellWhetherTheServiceIsReady() {
        Future<Readiness> ready = client.ready();
        Exchange first = hub.next();
        assertEquals("/readyz", first.path());
        assertNull(first.header("authorization"));
        first.request().response().putHeader("date", "Fri, 02 Jan 2026 03:04:05 GMT");
        first.answer(200, "{\"ok\":true}");
        assertEquals(new Readiness(true, "", Instant.parse("2026-01-02T03:04:05Z")), await(ready));

        Future<Readiness> notReady = client.ready();
        hub.next().answer(503, "{\"error\":{\"type\":\"unavailable\",\"message\":\"recovering\"}}");
        assertEquals(new Readiness(false, "recovering", null), await(notReady));
    }

    @Test
    void shouldKeepAPathOfItsOwnBehindAProxy() {
        EventsClient other = EventsClient.create(vertx, hub.url().resolve("/rewritten/events"), TokenSource.fixed("t"));
        Future<JsonNode> names = other.names();
        Exchange request = hub.next();
        assertEquals("/rewritten/events/names", request.path());
        request.answer(200, "{}");
        await(names);
        await(other.close());
    }

    @Test
    void shouldRefuseMoreThanMayWait() {
        EventsClientOptions few = new EventsClientOptions(
                Duration.ofSeconds(5), Duration.ofSeconds(30), 1, 1, 10_000, Duration.ofSeconds(15));
        EventsClient narrow = EventsClient.create(vertx, hub.url(), TokenSource.fixed("t"), few);
        Future<PublishReceipt> onTheWay = narrow.publish(PING);
        Exchange first = hub.next();
        Future<PublishReceipt> second = narrow.publish(PING);
        Future<PublishReceipt> third = narrow.publish(PING);
        // Which of the two comes first to the pool is not said.
        Throwable refused = failure(Future.future(promise -> {
            second.onFailure(promise::tryFail);
            third.onFailure(promise::tryFail);
        }));
        assertEquals(
                "unavailable", assertInstanceOf(ApiException.class, refused).type());
        first.answer(202, RECEIPT);
        assertEquals("evt_1", await(onTheWay).id());
        hub.next().answer(202, RECEIPT);
        await(Future.any(second, third));
        await(narrow.close());
    }
}
