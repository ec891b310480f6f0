using McpOperator.Api;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Admission.Policies.MCPServers;

/// <summary>
/// A server may not reach for what is there for its proxy: with the key that seals session ids it could forge sessions, as the proxy's account
/// it could read the policy, and with the login to the shared counters it could forget calls.
/// </summary>
public sealed class PlatformObjectNamed : IPolicy<Review<MCPServer>>
{
    private const string SessionSuffix = "-mcp-session";

    /// <inheritdoc/>
    public IEnumerable<Violation> Check(Review<MCPServer> review)
    {
        var spec = review.New.Spec;
        foreach (var (field, secret) in SecretsOf(spec).Where(s => s.Secret.EndsWith(SessionSuffix, StringComparison.Ordinal)))
        {
            yield return new(field, Reasons.InvalidSpec, $"Secret '{secret}': names that end with {SessionSuffix} are the proxies' own, whose keys no server may read; name a Secret of yours.");
        }

        foreach (var (field, secret) in SecretsOf(spec).Where(s => s.Secret == review.Configuration.Quotas.SharedLimits.SecretName))
        {
            yield return new(field, Reasons.InvalidSpec, $"Secret '{secret}': with it the proxies log in where they count calls, which no server may; name a Secret of yours.");
        }

        foreach (var field in TokensOf(spec))
        {
            yield return new(field, Reasons.InvalidSpec, "the token would be the proxy's, because the server has no account of its own; name one in spec.serviceAccountName, or remove the volume.");
        }

        if (spec.ServiceAccountName == ChildNames.Workload(review.New.Metadata.Name))
        {
            yield return new("spec.serviceAccountName", Reasons.InvalidSpec, $"'{spec.ServiceAccountName}' is the proxy's own account; name an account of yours, or remove the field if the server does not need the API server.");
        }
    }

    /// <summary>Without an account of its own a server's pod runs as the proxy's account, and any token in it is the proxy's.</summary>
    private static IEnumerable<string> TokensOf(MCPServerSpec spec) => spec.ServiceAccountName is not null
        ? []
        : (spec.Volumes ?? []).Index().SelectMany(v => (v.Item.Projected?.Sources ?? []).Index().Where(s => s.Item.ServiceAccountToken is not null)
            .Select(s => $"spec.volumes[{v.Index}].projected.sources[{s.Index}].serviceAccountToken"));

    private static IEnumerable<(string Field, string Secret)> SecretsOf(MCPServerSpec spec) =>
    [
        .. (spec.Env ?? []).Index().Where(e => e.Item.ValueFrom?.SecretKeyRef is not null).Select(e => ($"spec.env[{e.Index}].valueFrom.secretKeyRef.name", e.Item.ValueFrom!.SecretKeyRef!.Name)),
        .. (spec.EnvFrom ?? []).Index().Where(e => e.Item.SecretRef is not null).Select(e => ($"spec.envFrom[{e.Index}].secretRef.name", e.Item.SecretRef!.Name)),
        .. (spec.Secrets ?? []).Index().Select(s => ($"spec.secrets[{s.Index}].name", s.Item.Name)),
        .. (spec.Volumes ?? []).Index().Where(v => v.Item.Secret is not null).Select(v => ($"spec.volumes[{v.Index}].secret.secretName", v.Item.Secret!.SecretName)),
        .. (spec.Volumes ?? []).Index().SelectMany(v => (v.Item.Projected?.Sources ?? []).Index().Where(s => s.Item.Secret is not null)
            .Select(s => ($"spec.volumes[{v.Index}].projected.sources[{s.Index}].secret.name", s.Item.Secret!.Name))),
    ];
}
