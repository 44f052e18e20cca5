package com.busdk.broker.backend.embedded;

import com.busdk.broker.backend.Backend.DeadLetter;
import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.Standing;
import com.busdk.broker.backend.EventId;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The parts of answers about groups, for a hub of which some groups live in another process: what the process knows in
 * which they live, and what each can read for itself.
 *
 * <p>Thread: an event loop, where the futures complete.
 */
public final class LocalGroups {
    private final Inspector inspector;

    LocalGroups(Inspector inspector) {
        this.inspector = inspector;
    }

    /** Groups of these names that live here and that the view may see. */
    public Future<List<GroupStatus>> statuses(@Nullable String view, @Nullable String name) {
        return inspector.statuses(view, name, _ -> true);
    }

    /** Any group's lag is counted in the log of this process; by group and name. */
    public Future<List<GroupInfo>> infos(List<GroupStatus> statuses) {
        return inspector.infos(statuses);
    }

    /** An event that the view may see, or null. */
    public Future<@Nullable StoredEvent> event(EventId id, @Nullable String view, Predicate<String> mayListen) {
        return inspector.visible(id, view, mayListen);
    }

    /** Where the groups that live here stand with an event. */
    public Future<List<Standing>> standings(StoredEvent event, @Nullable String view) {
        return inspector.standings(event, view);
    }

    /** Which dead letters a group that lives here has; fails where there is none. */
    public Future<List<NamedMark>> marks(
            String group,
            @Nullable String view,
            @Nullable String name,
            Predicate<String> mayListen,
            @Nullable EventId after,
            int limit) {
        return inspector.marks(group, view, name, mayListen, after, limit);
    }

    /** The same with their lines, as many as one answer may hold. */
    public Future<List<DeadLetter>> letters(List<NamedMark> marks) {
        return inspector.letters(marks);
    }
}
