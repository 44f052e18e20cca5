package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The requests that this process works on, and those it has answered lately: so that one that is delivered again is not
 * begun twice. Shared by the instances of a worker; any thread, never for long.
 */
final class InHand {
    /** Answered requests that are remembered: many more than can be redelivered after a lost connection. */
    private static final int MAX_REMEMBERED = 10_000;

    private final Map<String, Job> jobs = new HashMap<>();
    private final Map<String, Boolean> answered = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    /** What to do with a request that was delivered. */
    synchronized Claim claim(Envelope request, String id, Grant grant) {
        Job known = jobs.get(id);
        if (known != null) {
            known.redelivered(request, grant);
            return new Claim(Kind.IN_HAND, null);
        }
        if (answered.containsKey(id)) {
            return new Claim(Kind.ANSWERED, null);
        }
        Job job = new Job(request, id, grant);
        jobs.put(id, job);
        return new Claim(Kind.NEW, job);
    }

    /**
     * Nothing was begun for it under the lease that its handler asked about. In one step, since it may be delivered again
     * at any moment: either it has come back, and is another job now, which begins with its last delivery; or it is
     * forgotten, so that a further delivery is a new request.
     *
     * @param lost tokens of leases that are over
     * @return the job that is to be begun, or null: then the last token of this one is to be given back
     */
    synchronized @Nullable Job letGo(Job job, Set<String> lost) {
        if (!job.hasComeBack() || lost.contains(job.token())) {
            jobs.remove(job.id(), job);
            return null;
        }
        Job anew = new Job(job.request(), job.id(), job.grant());
        jobs.put(job.id(), anew);
        return anew;
    }

    /** The response is published: the request is not to be begun again. */
    synchronized void answered(Job job) {
        answered.put(job.id(), Boolean.TRUE);
    }

    /** Nothing is done for it any more. */
    synchronized void remove(Job job) {
        jobs.remove(job.id(), job);
    }

    synchronized int size() {
        return jobs.size();
    }

    /** What a delivered request is to this process. */
    enum Kind {
        /** It is to be begun. */
        NEW,
        /** It is being worked on; its new lease was noted. */
        IN_HAND,
        /** It was answered; only its acknowledgement got lost. */
        ANSWERED
    }

    /** The answer of {@link #claim}; has a job if it is new. */
    record Claim(Kind kind, @Nullable Job job) {}
}
