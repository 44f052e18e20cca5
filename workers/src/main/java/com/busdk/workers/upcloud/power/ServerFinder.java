package com.busdk.workers.upcloud.power;

import com.busdk.client.http.ApiException;
import com.busdk.client.text.Echo;
import com.busdk.workers.upcloud.api.CloudException;
import com.busdk.workers.upcloud.api.Server;
import com.busdk.workers.upcloud.api.UpCloudClient;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Finds a server by its title or UUID. Titles are not unique, so that several are an error. Stateless; any thread. */
public final class ServerFinder {
    private final UpCloudClient client;

    /**
     * A finder.
     *
     * @param client asks the cloud
     */
    public ServerFinder(UpCloudClient client) {
        this.client = client;
    }

    /**
     * Finds a server.
     *
     * @param nameOrUuid its title, exactly, or its UUID
     * @param option how it is set, for the error
     * @return the server, or empty if there is none; fails with {@code vm_unavailable} if several have the title, and with
     *     a {@link CloudException}
     */
    public Future<Optional<Server>> find(String nameOrUuid, String option) {
        if (UpCloudClient.isUuid(nameOrUuid)) {
            return client.server(nameOrUuid).map(Optional::of).recover(ServerFinder::absent);
        }
        return client.servers().compose(servers -> {
            List<Server> hits = servers.stream()
                    .filter(server -> server.title().equals(nameOrUuid))
                    .toList();
            return hits.size() > 1
                    ? Future.failedFuture(several(hits.size(), nameOrUuid, option))
                    : Future.succeededFuture(hits.stream().findFirst());
        });
    }

    /**
     * The error for a title that several servers have.
     *
     * @param count how many
     * @param name the title
     * @param option how it is set
     * @return {@code vm_unavailable}
     */
    public static ApiException several(int count, String name, String option) {
        return PowerControl.unavailable(
                count + " servers are called " + Echo.quote(name) + ": give the UUID of one with " + option);
    }

    private static Future<Optional<Server>> absent(Throwable cause) {
        return cause instanceof CloudException e && e.notFound()
                ? Future.succeededFuture(Optional.empty())
                : Future.failedFuture(cause);
    }
}
