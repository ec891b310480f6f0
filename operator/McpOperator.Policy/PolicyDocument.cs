using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// What the proxy of one server enforces: the compiled form of everything that operator configuration, <c>MCPServer</c> and
/// <c>MCPToolConfig</c> say. Written by the operator and read by the proxy; both use this type.
/// </summary>
public sealed record PolicyDocument
{
    /// <summary>The version of this schema. A proxy refuses a document of a schema that it does not know.</summary>
    public const string CurrentSchema = "policy.mcpoperator.io/v1";

    /// <summary>The version of the schema that this document follows.</summary>
    public required string Schema { get; init; }

    /// <summary>Whose policy this is.</summary>
    public required ServerIdentity Server { get; init; }

    /// <summary>Set when the server answers nobody, with the reason that callers read.</summary>
    public string? Closed { get; init; }

    /// <summary>The tools.</summary>
    public required ToolPolicy Tools { get; init; }

    /// <summary>How strictly access rules are applied.</summary>
    public required AccessPolicy Access { get; init; }

    /// <summary>Whose tokens are accepted.</summary>
    public required AuthPolicy Auth { get; init; }

    /// <summary>How often tools may be called; absent members are unlimited.</summary>
    public required LimitPolicy Limits { get; init; }

    /// <summary>What is recorded of calls.</summary>
    public required AuditPolicy Audit { get; init; }
}

/// <summary>Whose policy this is.</summary>
/// <param name="Namespace">The server's namespace.</param>
/// <param name="Name">The server's name.</param>
/// <param name="Tenant">The server's tenant.</param>
public sealed record ServerIdentity(string Namespace, string Name, string Tenant);

/// <summary>The tools; all keys are the server's own names.</summary>
public sealed record ToolPolicy
{
    /// <summary>Set when no tool may be shown or called, with the reason: a reference that does not resolve closes the tools rather than opens them.</summary>
    public string? Closed { get; init; }

    /// <summary>The tools that are shown; absent: all.</summary>
    public IReadOnlyList<string>? Filter { get; init; }

    /// <summary>Other words for tools, ordered by the server's own name.</summary>
    public IReadOnlyList<ToolRewrite>? Overrides { get; init; }

    /// <summary>The tools as they were declared, ordered by name; absent when the server declares none.</summary>
    public IReadOnlyList<DeclaredTool>? Declared { get; init; }

    /// <summary>
    /// Where none are declared: the tools that the approved version was seen to have, ordered by name. A live tool that is none of these,
    /// or has another hash, is withheld. Absent while nobody has looked.
    /// </summary>
    public IReadOnlyList<ApprovedTool>? Approved { get; init; }
}

/// <summary>A tool as it was seen when its version was approved.</summary>
/// <param name="Name">The server's own name.</param>
/// <param name="Hash">SHA-256 in hexadecimal over the canonical JSON of its entry in <c>tools/list</c>.</param>
public sealed record ApprovedTool(string Name, string Hash);

/// <summary>Other words for one tool.</summary>
public sealed record ToolRewrite
{
    /// <summary>The server's own name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The name under which it is shown and called.</summary>
    public string? Name { get; init; }

    /// <summary>What the model reads.</summary>
    public string? Description { get; init; }

    /// <summary>The hints that clients read.</summary>
    public ToolAnnotations? Annotations { get; init; }
}

/// <summary>A tool as it was declared.</summary>
public sealed record DeclaredTool
{
    /// <summary>The server's own name.</summary>
    public required string Name { get; init; }

    /// <summary>What the model reads.</summary>
    public required string Description { get; init; }

    /// <summary>The JSON schema of the arguments.</summary>
    public JsonObject? InputSchema { get; init; }

    /// <summary>The OAuth scope that a call needs.</summary>
    public string? Scope { get; init; }

    /// <summary>What a call can do to the world.</summary>
    public required SideEffect SideEffect { get; init; }

    /// <summary>How far a caller must be trusted.</summary>
    public required TrustLevel RequiredTrust { get; init; }
}

/// <summary>How strictly access rules are applied.</summary>
/// <param name="Mode">Enforce, observe or open.</param>
/// <param name="DefaultDecision">What happens to a call that no grant speaks of.</param>
/// <param name="RequireSession">Whether a caller needs a live session.</param>
public sealed record AccessPolicy(AccessMode Mode, Decision DefaultDecision, bool RequireSession);

/// <summary>Whose tokens are accepted.</summary>
public sealed record AuthPolicy
{
    /// <summary>Whether tokens are asked for.</summary>
    public required AuthType Type { get; init; }

    /// <summary>The issuer's URL.</summary>
    public string? Issuer { get; init; }

    /// <summary>Where the issuer's keys are found.</summary>
    public string? JwksUri { get; init; }

    /// <summary>PEM certificates of authorities from which the issuer's certificate may come, besides those of the proxy's image.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>What a token's audience must name.</summary>
    public string? Audience { get; init; }

    /// <summary>The server's canonical URL.</summary>
    public string? ResourceUrl { get; init; }

    /// <summary>The scope that any client may ask the issuer for; absent where the issuer is not known to have one.</summary>
    public string? BaseScope { get; init; }

    /// <summary>Which claims say who calls.</summary>
    public required ClaimNames Claims { get; init; }
}

/// <summary>How often tools may be called.</summary>
public sealed record LimitPolicy
{
    /// <summary>Tool calls in a minute, all callers together.</summary>
    public int? ToolCallsPerMinute { get; init; }

    /// <summary>Tool calls in a minute of one OAuth client.</summary>
    public int? ToolCallsPerMinutePerClient { get; init; }

    /// <summary>Where all pods count together; absent: each for itself.</summary>
    public SharedLimitPolicy? Shared { get; init; }

    /// <summary>Whether nothing is limited.</summary>
    public bool AllowsEverything() => ToolCallsPerMinute is null && ToolCallsPerMinutePerClient is null;
}

/// <summary>Where the pods of one server count together.</summary>
public sealed record SharedLimitPolicy
{
    /// <summary>The address, <c>redis://</c> or with TLS <c>rediss://</c>.</summary>
    public required string Url { get; init; }

    /// <summary>PEM certificates of the only authorities that count; absent: the system's.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>What every key of this server begins with. No other server's keys begin with it.</summary>
    public required string KeyPrefix { get; init; }

    /// <summary>Milliseconds that one count may take.</summary>
    public required int TimeoutMilliseconds { get; init; }

    /// <summary>What happens to calls that cannot be counted.</summary>
    public required LimitFallback WhenUnavailable { get; init; }
}

/// <summary>What is recorded of calls.</summary>
/// <param name="Enabled">Whether calls are recorded.</param>
/// <param name="IncludeArguments">Whether their arguments are.</param>
public sealed record AuditPolicy(bool Enabled, bool IncludeArguments);

/// <summary>Reads and writes policy documents without reflection, as a program compiled ahead of time needs it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PolicyDocument))]
[JsonSerializable(typeof(SurfaceReport))]
[JsonSerializable(typeof(AccessIndex))]
[JsonSerializable(typeof(AccessShard))]
public sealed partial class PolicyJson : JsonSerializerContext;
