package com.busdk.workers.upcloud.runner;

import com.busdk.client.text.Echo;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.Deadline;
import com.busdk.workers.upcloud.api.Network;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.ServerSpec;
import com.busdk.workers.upcloud.api.Template;
import com.busdk.workers.upcloud.api.UpCloudClient;
import com.busdk.workers.upcloud.options.RunnerOptions;
import com.busdk.workers.upcloud.options.RunnerOptions.NetworkMode;
import com.busdk.workers.upcloud.power.PowerControl;
import com.busdk.workers.upcloud.power.ServerFinder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a runner is made of, by the names that an operator gave, and the runner itself. A runner that a worker made
 * has a label with its name; another server with the same title counts only where none has the label. Of several with the
 * label the oldest is the runner, whoever looks. Stateless; any thread.
 */
final class RunnerLookup {
    /** Says that a server is the runner of that name. */
    static final String LABEL = "bus-runner";

    /** Says which process made it, so that it takes its own double away at once. */
    static final String MAKER_LABEL = "bus-maker";

    /** Longest part of a host name (RFC 1035, 2.3.4). */
    private static final int MAX_HOSTNAME_CHARS = 63;

    private static final String NAME_OPTION = "--container-runner-name (UPCLOUD_CONTAINER_RUNNER_NAME)";

    private final Vertx vertx;
    private final UpCloudClient client;
    private final RunnerOptions options;

    RunnerLookup(Vertx vertx, UpCloudClient client, RunnerOptions options) {
        this.vertx = vertx;
        this.client = client;
        this.options = options;
    }

    /** The same in a hurry. */
    RunnerLookup until(Deadline deadline) {
        return new RunnerLookup(vertx, client.until(deadline), options);
    }

    /**
     * What there is.
     *
     * @param runner the runner
     * @param doubles younger servers with its label, which should not be there
     */
    record Found(Optional<Server> runner, List<Server> doubles) {}

    /** Looks for the runner. */
    Future<Found> find() {
        if (named()) {
            return client.server(options.name())
                    .map(server -> new Found(Optional.of(server), List.of()))
                    .recover(cause -> cause instanceof CloudException e && e.notFound()
                            ? Future.succeededFuture(new Found(Optional.empty(), List.of()))
                            : Future.failedFuture(cause));
        }
        return client.servers().compose(servers -> {
            List<Server> there = servers.stream()
                    .filter(server -> !server.state().equals(Server.PENDING_DELETE))
                    .toList();
            List<Server> labelled = there.stream()
                    .filter(server -> options.name().equals(server.labels().get(LABEL)))
                    .sorted(Comparator.comparingLong(Server::created).thenComparing(Server::uuid))
                    .toList();
            if (!labelled.isEmpty()) {
                return Future.succeededFuture(
                        new Found(Optional.of(labelled.getFirst()), labelled.subList(1, labelled.size())));
            }
            List<Server> titled = there.stream()
                    .filter(server -> server.title().equals(options.name()))
                    .toList();
            return titled.size() > 1
                    ? Future.failedFuture(ServerFinder.several(titled.size(), options.name(), NAME_OPTION))
                    : Future.succeededFuture(new Found(titled.stream().findFirst(), List.of()));
        });
    }

    /** Whether the runner is given by its UUID, so that none can be created in its place. */
    boolean named() {
        return UpCloudClient.isUuid(options.name());
    }

    /** What to create. */
    Future<ServerSpec> spec(String maker) {
        if (named()) {
            return Future.failedFuture(PowerControl.unavailable("there is no server with the UUID of " + NAME_OPTION
                    + ": give the UUID of one that is there, or a name to have one created"));
        }
        return PublicKeys.read(vertx, options.sshKeys())
                .compose(keys -> template()
                        .compose(template -> privateNetwork(options.zone())
                                .map(network -> new ServerSpec(
                                        options.zone(),
                                        options.name(),
                                        hostname(options.name()),
                                        options.plan(),
                                        template,
                                        options.storageGb(),
                                        keys,
                                        Map.of(LABEL, options.name(), MAKER_LABEL, maker),
                                        network.orElse(null),
                                        options.privateIp()))));
    }

    /** Id of the private network in a zone; empty if the runner is on the internet. */
    Future<Optional<String>> privateNetwork(String zone) {
        if (options.networkMode() == NetworkMode.PUBLIC) {
            return Future.succeededFuture(Optional.empty());
        }
        String name = options.privateNetwork();
        if (UpCloudClient.isUuid(name)) {
            return Future.succeededFuture(Optional.of(name));
        }
        return client.networks(zone).compose(networks -> {
            // The provider's utility networks are called "Private …" too.
            List<String> hits = networks.stream()
                    .filter(network -> network.isPrivate() && network.name().equals(name))
                    .map(Network::uuid)
                    .toList();
            return only(
                    hits,
                    "private networks in zone " + Echo.of(zone) + " are called " + Echo.quote(name),
                    "--container-private-network (UPCLOUD_CONTAINER_PRIVATE_NETWORK_NAME)");
        });
    }

    private Future<String> template() {
        String os = options.os();
        if (UpCloudClient.isUuid(os)) {
            return Future.succeededFuture(os);
        }
        return client.templates().compose(templates -> {
            List<Template> hits = templates.stream()
                    .filter(template -> template.title().equals(os) && template.usableIn(options.zone()))
                    .toList();
            Template tooLarge =
                    hits.stream().filter(this::isTooLarge).findFirst().orElse(null);
            if (tooLarge != null) {
                return Future.failedFuture(PowerControl.unavailable("the template needs " + tooLarge.sizeGb()
                        + " GB: raise --container-os-storage-size (UPCLOUD_CONTAINER_OS_STORAGE_SIZE)"));
            }
            return only(
                            hits.stream().map(Template::uuid).toList(),
                            "templates are called " + Echo.quote(os),
                            "--container-os (UPCLOUD_CONTAINER_OS)")
                    .map(found -> found.orElseThrow());
        });
    }

    private boolean isTooLarge(Template template) {
        return options.storageGb() > 0 && template.sizeGb() > options.storageGb();
    }

    private static Future<Optional<String>> only(List<String> hits, String what, String option) {
        return hits.size() == 1
                ? Future.succeededFuture(Optional.of(hits.getFirst()))
                : Future.failedFuture(
                        PowerControl.unavailable(hits.size() + " " + what + ": give the UUID of one with " + option));
    }

    /** A host name made of a name: the same for the same name, whoever makes it. */
    static String hostname(String name) {
        String letters = name.toLowerCase(Locale.ROOT)
                .chars()
                .mapToObj(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? Character.toString(c) : "-")
                .collect(Collectors.joining());
        String cut = letters.length() > MAX_HOSTNAME_CHARS ? letters.substring(0, MAX_HOSTNAME_CHARS) : letters;
        String trimmed = cut.replaceAll("^-+|-+$", "");
        return trimmed.isEmpty() ? "runner" : trimmed;
    }

    /** The NIC over which a server is reached; null if it has none. */
    static Server.@Nullable Nic nic(Server server, Optional<String> privateNetwork) {
        return privateNetwork
                .flatMap(server::privateNic)
                .or(() -> privateNetwork.isPresent() ? Optional.empty() : server.publicNic())
                .orElse(null);
    }
}
