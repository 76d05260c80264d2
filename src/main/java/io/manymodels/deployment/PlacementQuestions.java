package io.manymodels.deployment;

import io.manymodels.json.ExplainJson;
import io.manymodels.json.ExplainJson.Decisions;
import io.manymodels.json.ExplainJson.DecisionsQuestion;
import io.manymodels.json.ExplainJson.DecisionsReply;
import io.manymodels.json.ExplainJson.Tenant;
import io.manymodels.json.ExplainJson.TenantQuestion;
import io.manymodels.json.ExplainJson.TenantReply;
import io.manymodels.json.SharedMemoryJson.BusiestQuestion;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import io.manymodels.placement.Explanation;
import io.manymodels.placement.PlacementEvent;
import io.manymodels.placement.PlacementHistory;
import io.manymodels.placing.PlacementLoop;
import io.manymodels.time.Deadline;
import io.manymodels.time.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Answers why tenants are where they are, on the thread of whoever asks. Thread-safe. */
final class PlacementQuestions {
  private static final System.Logger LOG = System.getLogger(PlacementQuestions.class.getName());

  private final PlacementLoop loop;
  private final Predicate<TenantId> hasModel;
  private final String overflow;

  /**
   * @param hasModel whether a tenant has a model in the registry; may throw {@link
   *     ServingException}
   */
  PlacementQuestions(PlacementLoop loop, Predicate<TenantId> hasModel, String overflow) {
    this.loop = loop;
    this.hasModel = hasModel;
    this.overflow = overflow;
  }

  TenantReply answer(TenantQuestion question) {
    try {
      Deadline deadline =
          Deadline.after(Duration.ofMillis(question.timeoutMillis()), Ticker.SYSTEM);
      return TenantReply.of(explain(new TenantId(question.tenant()), deadline));
    } catch (ServingException e) {
      return TenantReply.of(e);
    }
  }

  /** The registry is asked here, and not by the one thread that places tenants. */
  private Tenant explain(TenantId tenant, Deadline deadline) {
    Optional<ServingException> doubt =
        loop.status().table().placement(tenant).isPresent() ? Optional.empty() : doubt(tenant);
    Explanation explanation = loop.explain(tenant, deadline);
    if (doubt.isPresent() && explanation.events().isEmpty() && explanation.worth().hits() == 0) {
      throw doubt.get();
    }
    return ExplainJson.tenant(explanation, overflow, loop.status().table().generation().toString());
  }

  /**
   * Why it is not certain that there is such a tenant: the registry is away. Throws what is
   * certain. A broken model is one as well: its tenant has a history to tell.
   */
  private Optional<ServingException> doubt(TenantId tenant) {
    try {
      if (hasModel.test(tenant)) {
        return Optional.empty();
      }
    } catch (ServingException e) {
      if (e.code() == ErrorCode.LOAD_FAILED) {
        return Optional.empty();
      }
      if (e.code() == ErrorCode.STORE_UNAVAILABLE) {
        return Optional.of(e);
      }
      throw e;
    }
    throw new ServingException(ErrorCode.MODEL_NOT_FOUND, "tenant '" + tenant + "' has no model");
  }

  List<TenantId> busiest(BusiestQuestion question) {
    try {
      Deadline deadline =
          Deadline.after(Duration.ofMillis(question.timeoutMillis()), Ticker.SYSTEM);
      return loop.busiestUnplaced(question.limit(), deadline);
    } catch (ServingException e) {
      LOG.log(System.Logger.Level.DEBUG, "whom Deploymentx serves: {0}", e.getMessage());
      return List.of();
    }
  }

  DecisionsReply answer(DecisionsQuestion question) {
    long term = loop.status().table().generation().term();
    if (term == 0) {
      return DecisionsReply.of(
          new ServingException(ErrorCode.NO_REPLICA, "SharedMemory is taking over"));
    }
    return DecisionsReply.of(decisions(question, term, loop.history()));
  }

  private static Decisions decisions(
      DecisionsQuestion question, long term, PlacementHistory history) {
    Optional<Instant> from = ExplainJson.from(question);
    if (from.isEmpty()) {
      List<PlacementEvent> events = history.after(question.after(), question.limit());
      return ExplainJson.decisions(term, question.after(), events);
    }
    // Read first: what is added meanwhile is either returned or comes next.
    long last = history.last();
    return ExplainJson.decisions(term, last, history.from(from.get(), question.limit()));
  }
}
