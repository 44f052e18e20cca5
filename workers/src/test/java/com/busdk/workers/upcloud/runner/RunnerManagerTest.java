package com.busdk.workers.upcloud.runner;

import static com.busdk.workers.upcloud.testing.Await.await;
import static com.busdk.workers.upcloud.testing.Await.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.testing.StubCloud;
import com.busdk.workers.upcloud.testing.StubCloud.Machine;
import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunnerManagerTest extends RunnerFixture {
    // --- create ---

    @Test
    void shouldCreateARunnerAsTheOptionsSay() {
        Runner runner = await(manager("container-os-storage-size", "25").ensure());
        JsonNode spec = cloud.call("POST", "/server").json().path("server");
        assertEquals("runner", spec.path("title").textValue());
        assertEquals("runner", spec.path("hostname").textValue());
        assertEquals("fi-hel2", spec.path("zone").textValue());
        assertEquals("CLOUDNATIVE-1xCPU-4GB", spec.path("plan").textValue());
        assertFalse(spec.has("core_number"), "the plan says it");
        assertEquals("yes", spec.path("metadata").textValue());
        assertEquals("none", spec.path("password_delivery").textValue());
        assertEquals(
                "[\"" + KEY + "\"]", spec.at("/login_user/ssh_keys/ssh_key").toString(), "without its comment");
        JsonNode disk = spec.at("/storage_devices/storage_device/0");
        assertEquals(
                "01000000-0000-4000-8000-000030240200", disk.path("storage").textValue());
        assertEquals(25, disk.path("size").intValue());
        JsonNode nic = spec.at("/networking/interfaces/interface/1");
        assertEquals("private", nic.path("type").textValue());
        assertEquals(StubCloud.NETWORK, nic.path("network").textValue());
        assertTrue(spec.path("labels").toString().contains("{\"key\":\"bus-runner\",\"value\":\"runner\"}"));
        assertEquals("127.0.0.1", runner.host());
        assertEquals(22, runner.port());
        assertEquals("6e:28:ff:12:f6:5f", runner.mac());
        assertEquals(List.of("root", "ubuntu"), runner.users());
        assertEquals("started", cloud.machines().getFirst().state);
    }

    @Test
    void shouldAskForTheAddressThatItIsToHave() {
        Runner runner = await(manager("container-private-ip", "127.0.0.7").ensure());
        assertEquals("127.0.0.7", runner.host());
        assertEquals(
                "127.0.0.7",
                cloud.call("POST", "/server")
                        .json()
                        .at("/server/networking/interfaces/interface/1/ip_addresses/ip_address/0/address")
                        .textValue());
    }

    @Test
    void shouldJoinTheInternetInPublicMode() {
        Runner runner = await(manager("container-network-mode", "public").ensure());
        JsonNode nics = cloud.call("POST", "/server").json().at("/server/networking/interfaces/interface");
        assertEquals(1, nics.size());
        assertEquals("public", nics.path(0).path("type").textValue());
        assertEquals("127.0.0.9", runner.host());
        assertEquals(0, cloud.count("GET", "/network"));
    }

    @Test
    void shouldLookForACreateWhoseAnswerWasLostRatherThanRepeatIt() {
        cloud.hiddenLists = 1;
        cloud.cut("POST", "/server", true);
        await(manager().ensure());
        assertEquals(1, cloud.machines().size());
        assertEquals(1, cloud.count("POST", "/server"));
    }

    @Test
    void shouldCreateAgainOnlyAfterSeveralLooksHaveFoundNothing() {
        cloud.fail("POST", "/server", 503, "<html>");
        await(manager().ensure());
        assertEquals(1, cloud.machines().size());
        List<String> order = cloud.calls().stream()
                .filter(call -> call.path().equals("/1.3/server"))
                .map(StubCloud.Call::method)
                .toList();
        assertEquals(List.of("GET", "POST", "GET", "GET", "GET", "POST", "GET"), order);
    }

    @Test
    void shouldLookBeforeItCreatesAgainAfterTooManyCalls() {
        cloud.fail("POST", "/server", 429, "", "Retry-After", "33");
        await(manager().ensure());
        assertEquals(1, cloud.machines().size());
        assertTrue(time.pauses().contains(Duration.ofSeconds(33)));
    }

    @ParameterizedTest
    @CsvSource({"POST,/server,", "POST,/start,stopped", "GET,/server/,stopped", "GET,/server,"})
    void shouldNotWaitForACloudThatWantsToBeLeftAloneForTooLong(String method, String part, String state) {
        if (state != null) {
            cloud.machine("runner", state);
        }
        cloud.fail(method, part, 429, "", "Retry-After", "3600");
        assertEquals(429, failure(CloudException.class, manager().ensure()).status());
        assertTrue(time.nanos() <= Duration.ofMinutes(10).toNanos(), () -> time.pauses() + " are too long");
    }

    @Test
    void shouldEndALookForSomebodyWhoWaits() {
        for (int i = 0; i < 10; i++) {
            cloud.fail("GET", "/server", 429, "", "Retry-After", "15");
        }
        assertEquals(429, failure(CloudException.class, manager().status()).status());
        assertTrue(time.nanos() <= Duration.ofSeconds(20).toNanos(), () -> time.pauses() + " are too long");
    }

    @Test
    void shouldNotTryAgainWithoutMoneyOrRoom() {
        cloud.fail("POST", "/server", 402, StubCloud.error("INSUFFICIENT_CREDITS", "m"));
        assertEquals(402, failure(CloudException.class, manager().ensure()).status());
        cloud.fail("POST", "/server", 409, StubCloud.error("SERVER_RESOURCES_UNAVAILABLE", "m"));
        assertEquals(409, failure(CloudException.class, manager().ensure()).status());
        assertEquals(2, cloud.count("POST", "/server"));
    }

    // --- what it is made of ---

    @Test
    void shouldNotTakeAUtilityNetworkForAPrivateOne() {
        ApiException e = refused("container-private-network", "Private 10.6.0.0/22");
        assertTrue(e.message().startsWith("0 private networks") && e.message().contains("UUID"), e.message());
    }

    @Test
    void shouldAskForTheUuidOfANetworkWhoseNameIsNotUnique() {
        cloud.network("ai-platform-private-fi-hel2", "private", "03a30756-eac1-42dc-857e-27def01f8d73");
        assertTrue(refused().message().startsWith("2 private networks"));
        await(manager("container-private-network", StubCloud.NETWORK).ensure());
    }

    @Test
    void shouldAskForTheUuidOfATemplateWhoseTitleIsNotUnique() {
        String title = "Ubuntu Server 24.04 LTS (Noble Numbat)";
        cloud.template(title, "0179854e-bf8c-4ac6-a157-1acf73ba5001", "maintenance", "fi-hel2");
        cloud.template(title, "0179854e-bf8c-4ac6-a157-1acf73ba5002", "online", "de-fra1");
        await(manager().ensure());
        cloud.machines().getFirst().state = "stopped";
        await(client.delete(cloud.machines().getFirst().uuid, true));
        cloud.template(title, "0179854e-bf8c-4ac6-a157-1acf73ba5003", "online", "fi-hel2");
        ApiException e = failure(ApiException.class, manager().ensure());
        assertTrue(e.message().startsWith("2 templates") && e.message().contains("--container-os"), e.message());
        await(manager("container-os", "0179854e-bf8c-4ac6-a157-1acf73ba5003").ensure());
    }

    @Test
    void shouldRefuseADiskThatIsSmallerThanItsTemplate() {
        assertTrue(refused("container-os-storage-size", "3").message().contains("4 GB"));
    }

    @Test
    void shouldSayThatKeysAreMissing() {
        assertTrue(refused("container-ssh-keys", "").message().contains("--container-ssh-keys"));
        assertFalse(refused("container-ssh-keys", dir.resolve("none.pub").toString())
                .message()
                .contains(dir.toString()));
    }

    @Test
    void shouldNeverSendAPrivateKey() throws IOException {
        Path secret = dir.resolve("key");
        Files.writeString(secret, "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n");
        refused("container-ssh-keys", secret.toString());
        assertFalse(cloud.calls().stream().anyMatch(call -> call.body().contains("abc")));
    }

    @Test
    void shouldNotCreateInPlaceOfAUuidThatIsNotThere() {
        refused("container-runner-name", "00f53904-3f10-49cb-8c9c-103016ea7cbc");
    }

    // --- find ---

    @Test
    void shouldUseAServerThatSomebodyMadeByHand() {
        Machine machine = cloud.machine("runner", "stopped");
        assertEquals(machine.uuid, await(manager().ensure()).uuid());
        assertEquals("started", machine.state);
        assertFalse(cloud.calls().stream()
                .anyMatch(call -> call.is("POST", "") && call.path().endsWith("/server")));
        assertEquals(1, cloud.machines().size());
    }

    @Test
    void shouldUseTheOldestWithItsLabelBeforeAnythingWithItsTitle() {
        cloud.machine("runner", "started");
        Machine oldest = cloud.machine("x", "started").label("bus-runner", "runner");
        cloud.machine("x", "started").label("bus-runner", "runner").label("bus-maker", "another process");
        cloud.machine("x", "started").label("bus-runner", "other");
        assertEquals(oldest.uuid, await(manager().ensure()).uuid());
        assertEquals(4, cloud.machines().size(), "another's double is not its to delete");
    }

    @Test
    void shouldAskForTheUuidWhereTwoServersHaveTheTitle() {
        cloud.machine("runner", "started");
        cloud.machine("runner", "started");
        assertTrue(refused().message().contains("--container-runner-name"));
    }

    @Test
    void shouldNotTakeAServerThatIsGoingAway() {
        cloud.machine("runner", "pending_delete");
        await(manager().ensure());
        assertEquals(2, cloud.machines().size());
    }

    // --- reach ---

    @Test
    void shouldWaitUntilThePortIsOpen() {
        closedProbes = 3;
        await(manager("container-ssh-port", "2222").ensure());
        assertEquals(List.of("127.0.0.1:2222", "127.0.0.1:2222", "127.0.0.1:2222", "127.0.0.1:2222"), probed);
    }

    @Test
    void shouldGiveUpOnAPortThatStaysClosed() {
        closedProbes = Integer.MAX_VALUE;
        ApiException e = failure(
                ApiException.class, manager("runner-ssh-ready-timeout", "20").ensure());
        assertEquals("timeout", e.type());
        assertTrue(e.message().contains("firewall"), e.message());
    }

    @Test
    void shouldHaveItsPortOpenWithinTheTimeForAStart() {
        closedProbes = Integer.MAX_VALUE;
        cloud.machine("runner", "maintenance").becomes("started", 2);
        ApiException e = failure(
                ApiException.class, manager("container-start-timeout", "17").ensure());
        assertEquals("timeout", e.type());
        Duration poll = Duration.ofSeconds(5);
        assertEquals(List.of(poll, poll, poll, Duration.ofSeconds(2)), time.pauses());
    }

    @Test
    void shouldUseAnAddressThatIsNotTheOneItWasToHave() {
        cloud.machine("runner", "started");
        assertEquals(
                "127.0.0.1",
                await(manager("container-private-ip", "127.0.0.7").ensure()).host());
    }

    @Test
    void shouldUseTheTargetThatIsGiven() {
        cloud.machine("runner", "stopped");
        Runner runner =
                await(manager("container-ssh-target", "me@127.0.0.3:2200").ensure());
        assertEquals("127.0.0.3", runner.host());
        assertEquals(2200, runner.port());
        assertEquals(List.of("me"), runner.users());
        assertEquals(0, cloud.count("GET", "/network"));
        assertEquals("started", cloud.machines().getFirst().state);
    }

    @Test
    void shouldKnowTheMacOfATargetWhereItsNetplanIsWritten() {
        cloud.machine("runner", "started");
        Runner runner = await(manager("container-ssh-target", "me@127.0.0.3", "runner-apply-netplan", "1")
                .ensure());
        assertEquals("6e:28:ff:12:f6:5f", runner.mac());
    }

    @Test
    void shouldSayThatARunnerIsOnAnotherNetwork() {
        cloud.machine("runner", "started");
        ApiException e = failure(
                ApiException.class,
                manager("container-private-network", "03a30756-eac1-42dc-857e-27def01f8d99")
                        .ensure());
        assertEquals("vm_unavailable", e.type());
    }

    @Test
    void shouldNotAskAgainForARunnerThatWasFineAMomentAgo() {
        RunnerManager manager = manager();
        await(manager.ensure());
        int calls = cloud.calls().size();
        await(manager.ensure());
        assertEquals(calls, cloud.calls().size());
        manager.distrust();
        await(manager.ensure());
        assertTrue(cloud.calls().size() > calls);
        int more = cloud.calls().size();
        time.move(Duration.ofMinutes(1));
        await(manager.ensure());
        assertTrue(cloud.calls().size() > more);
    }

    // --- delete, status ---

    @Test
    void shouldDeleteTheRunnerAndItsDoubles() {
        cloud.machine("x", "started").label("bus-runner", "runner");
        cloud.machine("x", "stopped").label("bus-runner", "runner");
        Machine other = cloud.machine("y", "started");
        await(manager().delete());
        assertEquals(List.of(other), cloud.machines());
        await(manager().delete());
    }

    @Test
    void shouldDeleteARunnerThatIsBeingMade() {
        RunnerManager manager = manager();
        Future<Runner> made = manager.ensure();
        await(manager.delete());
        assertTrue(made.succeeded());
        assertTrue(cloud.machines().isEmpty());
        Runner again = await(manager.ensure());
        assertNotEquals(await(made).uuid(), again.uuid(), "the one that was deleted is not used again");
    }

    @Test
    void shouldSayHowTheRunnerIs() {
        RunnerManager manager = manager();
        assertEquals("missing", await(manager.status()).state());
        await(manager.ensure());
        assertEquals("ready", await(manager.status()).state());
    }
}
