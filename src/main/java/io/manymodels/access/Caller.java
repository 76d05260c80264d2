package io.manymodels.access;

import io.manymodels.config.RequestQuota;
import io.manymodels.model.ErrorCode;
import io.manymodels.model.ServingException;
import io.manymodels.model.TenantId;
import java.util.EnumSet;
import java.util.Set;

/**
 * The sender of a request, and what it may do. Immutable.
 *
 * <p>What is refused says nothing about the tenant: the answer is the same whether there is such a
 * tenant or not, so {@link #require(Role, TenantId)} comes before any look at the model.
 */
public final class Caller {
  private static final Set<Role> ALL_ROLES = Set.copyOf(EnumSet.allOf(Role.class));

  /** Everybody, where nothing says who may ask. */
  public static final Caller ANYONE =
      new Caller("anyone", ALL_ROLES, TenantScope.ALL, RequestQuota.UNLIMITED);

  private final String name;
  private final Set<Role> roles;
  private final TenantScope tenants;
  private final RequestQuota quota;
  private final ErrorCode refusal;
  private final String hint;

  /**
   * A caller that is known.
   *
   * @param name for logs, messages and quotas; no secret
   */
  public Caller(String name, Set<Role> roles, TenantScope tenants, RequestQuota quota) {
    this(name, roles, tenants, quota, ErrorCode.FORBIDDEN, "this caller may not do this");
  }

  private Caller(
      String name,
      Set<Role> roles,
      TenantScope tenants,
      RequestQuota quota,
      ErrorCode refusal,
      String hint) {
    this.name = name;
    this.roles = roles.isEmpty() ? Set.of() : Set.copyOf(roles);
    this.tenants = tenants;
    this.quota = quota;
    this.refusal = refusal;
    this.hint = hint;
  }

  /**
   * One that may do everything but {@link Role#ADMIN}, which only a token opens.
   *
   * @param refusal of an admin call
   * @param hint what the caller is told then
   */
  static Caller withoutToken(ErrorCode refusal, String hint) {
    return new Caller(
        ANYONE.name,
        Set.of(Role.SCORE, Role.READ),
        TenantScope.ALL,
        RequestQuota.UNLIMITED,
        refusal,
        hint);
  }

  public String name() {
    return name;
  }

  /** How much this caller may ask, of all tenants together. */
  public RequestQuota quota() {
    return quota;
  }

  /**
   * For calls that are about no tenant in particular.
   *
   * @throws ServingException {@code FORBIDDEN}, or {@code UNAUTHENTICATED} when a token would help
   */
  public void require(Role role) {
    if (!may(role)) {
      throw new ServingException(refusal, hint);
    }
  }

  /**
   * For calls about one tenant. A caller that may score a tenant may also read what its model
   * takes.
   *
   * @throws ServingException as {@link #require(Role)}
   */
  public void require(Role role, TenantId tenant) {
    if (!may(role) && !(role == Role.READ && may(Role.SCORE))) {
      throw new ServingException(refusal, hint);
    }
    if (!tenants.contains(tenant)) {
      throw new ServingException(
          ErrorCode.FORBIDDEN, "this caller may not ask tenant '" + tenant + "'");
    }
  }

  private boolean may(Role role) {
    return roles.contains(role) || (role == Role.READ && roles.contains(Role.ADMIN));
  }

  /** The tenants that the caller may ask. */
  public TenantScope tenants() {
    return tenants;
  }

  /** Whether a list of tenants may show this one to the caller. */
  public boolean sees(TenantId tenant) {
    return tenants.contains(tenant);
  }

  /** Whether the caller may be told of all tenants, such as by {@code deployment_map}. */
  public boolean seesAll() {
    return tenants.isAll();
  }

  /** The name: what the log shows. */
  @Override
  public String toString() {
    return name;
  }
}
