using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>Turns what people wrote into what the proxy enforces.</summary>
public static class PolicyCompiler
{
    /// <summary>Compiles the policy of one server.</summary>
    /// <param name="server">The server, with the spec of the version that the policy is for.</param>
    /// <param name="tools">What its reference to a tool configuration leads to. A problem closes all tools.</param>
    /// <param name="tenant">The tenant to whom the server's namespace belongs.</param>
    /// <param name="configuration">The operator's configuration.</param>
    /// <param name="observed">The tools that the approved version was seen to have, where none are declared.</param>
    /// <param name="closed">Why nobody is answered, if nobody is.</param>
    public static CompiledPolicy Compile(
        MCPServer server, ToolConfigResolution tools, string tenant, OperatorConfiguration configuration, IReadOnlyList<ObservedTool>? observed = null, string? closed = null)
    {
        var spec = server.Spec;
        var identity = new ServerIdentity(server.Metadata.NamespaceProperty ?? "", server.Metadata.Name, tenant);
        var hasScopes = TenantRealms.HasScopes(spec, tenant, configuration);
        return new CompiledPolicy(new PolicyDocument
        {
            Schema = PolicyDocument.CurrentSchema,
            Server = identity,
            Closed = spec.Suspend ? "The server is suspended." : closed,
            Tools = CompileTools(server, tools, hasScopes) with
            {
                Approved = spec.Tools is null ? observed?.OrderBy(tool => tool.Name, StringComparer.Ordinal).Select(tool => new ApprovedTool(tool.Name, tool.Hash)).ToList() : null,
            },
            Access = EffectiveSettings.Access(spec.Access, configuration.Access),
            Auth = EffectiveSettings.Auth(spec.Auth, AuthOf(tenant, configuration)) with
            {
                BaseScope = hasScopes && (spec.Tools?.Count ?? observed?.Count) > 0 ? ToolScopes.BaseOf(identity.Namespace, identity.Name) : null,
            },
            Limits = EffectiveSettings.Limits(spec.RateLimits, identity, configuration.Quotas),
            Audit = new(spec.Audit?.Enabled ?? true, spec.Audit?.IncludeArguments ?? false),
        });
    }

    /// <summary>Where nobody says who issues tokens, Keycloak does.</summary>
    private static AuthDefaults AuthOf(string tenant, OperatorConfiguration configuration) => configuration.Auth with
    {
        Issuer = configuration.Auth.Issuer ?? TenantRealms.IssuerOf(tenant, configuration.Keycloak),
        CertificateAuthorities = configuration.Auth.CertificateAuthorities ?? configuration.Keycloak.CertificateAuthorities,
    };

    /// <param name="server">The server.</param>
    /// <param name="resolution">What its reference to a tool configuration leads to.</param>
    /// <param name="hasScopes">Whether tools that name no scope get one in Keycloak.</param>
    private static ToolPolicy CompileTools(MCPServer server, ToolConfigResolution resolution, bool hasScopes) => new()
    {
        Closed = resolution.Problem?.Message,
        Filter = resolution.Problem is null ? resolution.Config?.ToolsFilter?.Order(StringComparer.Ordinal).ToList() : [],
        Overrides = resolution.Config?.ToolsOverride?
            .OrderBy(o => o.Key, StringComparer.Ordinal)
            .Select(o => new ToolRewrite { Tool = o.Key, Name = o.Value.Name, Description = o.Value.Description, Annotations = o.Value.Annotations })
            .ToList(),
        Declared = server.Spec.Tools?
            .OrderBy(tool => tool.Name, StringComparer.Ordinal)
            .Select(tool => new DeclaredTool
            {
                Name = tool.Name,
                Description = tool.Description,
                InputSchema = CanonicalJson.Of(tool.InputSchema),
                Scope = tool.Scope ?? (hasScopes ? ToolScopes.NameOf(server.Metadata.NamespaceProperty ?? "", server.Metadata.Name, ShownName(tool.Name, resolution)) : null),
                SideEffect = tool.SideEffect,
                RequiredTrust = tool.RequiredTrust,
            })
            .ToList(),
    };

    private static string ShownName(string tool, ToolConfigResolution resolution) => resolution.Config?.ToolsOverride?.GetValueOrDefault(tool)?.Name ?? tool;
}
