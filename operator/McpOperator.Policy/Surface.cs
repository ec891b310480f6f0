using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Policy;

/// <summary>
/// What a model or a consent screen sees of a server's tools, after filter and overrides. This is what a reviewer approves.
/// </summary>
public sealed class Surface
{
    private Surface(IEnumerable<SurfaceTool> tools)
    {
        Tools = [.. tools.OrderBy(t => t.Name, StringComparer.Ordinal)];
        Hash = HashOf(Tools);
    }

    /// <summary>The tools, ordered by name.</summary>
    public IReadOnlyList<SurfaceTool> Tools { get; }

    /// <summary>
    /// SHA-256 in hexadecimal over the surface's canonical JSON: a list of the tools ordered by name; of each tool <c>annotations</c>,
    /// <c>description</c>, <c>inputSchema</c>, <c>name</c>, <c>other</c>, <c>requiredTrust</c>, <c>scope</c> and <c>sideEffect</c>, those
    /// that are there; members of every object ordered by name (ordinal), no white space, numbers by their value.
    /// </summary>
    public string Hash { get; }

    /// <summary>The surface of declared tools.</summary>
    /// <returns>Nothing when the server declares no tools, because then only the running server knows its surface.</returns>
    public static Surface? Of(IReadOnlyList<ToolDeclaration>? declared, MCPToolConfigSpec? config) => declared is null ? null : new(declared
        .Where(tool => IsShown(tool.Name, config))
        .Select(tool => Rewritten(
            new()
            {
                Name = tool.Name,
                Description = tool.Description,
                InputSchema = tool.InputSchema,
                Scope = tool.Scope,
                SideEffect = tool.SideEffect,
                RequiredTrust = tool.RequiredTrust,
            },
            config?.ToolsOverride?.GetValueOrDefault(tool.Name))));

    /// <summary>The surface of tools that a running server was seen to have.</summary>
    public static Surface Of(IReadOnlyList<ObservedTool> observed, MCPToolConfigSpec? config) => new(observed
        .Where(tool => IsShown(tool.Name, config))
        .Select(tool => Rewritten(SurfaceTool.Of(tool), config?.ToolsOverride?.GetValueOrDefault(tool.Name))));

    private static bool IsShown(string tool, MCPToolConfigSpec? config) => config?.ToolsFilter is not { } filter || filter.Contains(tool);

    private static SurfaceTool Rewritten(SurfaceTool tool, ToolOverride? other) => other is null ? tool : tool with
    {
        Name = other.Name ?? tool.Name,
        Description = other.Description ?? tool.Description,
        Annotations = Rewritten(tool.Annotations, other.Annotations),
    };

    /// <summary>A hint that an override names replaces the server's own; the others stay.</summary>
    private static ToolAnnotations? Rewritten(ToolAnnotations? own, ToolAnnotations? other) => own is null || other is null ? other ?? own : new()
    {
        Title = other.Title ?? own.Title,
        ReadOnlyHint = other.ReadOnlyHint ?? own.ReadOnlyHint,
        DestructiveHint = other.DestructiveHint ?? own.DestructiveHint,
        IdempotentHint = other.IdempotentHint ?? own.IdempotentHint,
        OpenWorldHint = other.OpenWorldHint ?? own.OpenWorldHint,
    };

    private static string HashOf(IReadOnlyList<SurfaceTool> tools) =>
        Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(new JsonArray([.. tools.Select(tool => tool.ToJson())]))));
}

/// <summary>One tool as a model or a consent screen sees it.</summary>
public sealed record SurfaceTool
{
    private static readonly string[] Known = ["name", "description", "inputSchema", "annotations"];
    private static readonly string[] KnownHints = ["title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];

    /// <summary>The name under which it is called.</summary>
    public required string Name { get; init; }

    /// <summary>What the model reads.</summary>
    public required string Description { get; init; }

    /// <summary>The JSON schema of the arguments.</summary>
    public JsonObject? InputSchema { get; init; }

    /// <summary>The hints for clients, as far as they are known.</summary>
    public ToolAnnotations? Annotations { get; init; }

    /// <summary>The OAuth scope that a call needs.</summary>
    public string? Scope { get; init; }

    /// <summary>What a call can do to the world; unknown for a tool that was seen and not declared.</summary>
    public SideEffect? SideEffect { get; init; }

    /// <summary>How far a caller must be trusted; unknown for a tool that was seen and not declared.</summary>
    public TrustLevel? RequiredTrust { get; init; }

    /// <summary>Whatever else a running server says of the tool (output schema, icons, what a later revision of MCP brings).</summary>
    public JsonObject? Other { get; init; }

    /// <summary>The tool as JSON; what is absent is left out.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        Add("annotations", ToJson(Annotations));
        json["description"] = Description;
        Add("inputSchema", InputSchema?.DeepClone());
        json["name"] = Name;
        Add("other", Other?.DeepClone());
        Add("requiredTrust", Word(RequiredTrust));
        Add("scope", Scope);
        Add("sideEffect", Word(SideEffect));
        return json;

        void Add(string name, JsonNode? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    /// <summary>
    /// Reads what a running server says. Whatever is not as MCP has it stands under <see cref="Other"/>, so that nothing escapes the hash.
    /// </summary>
    internal static SurfaceTool Of(ObservedTool tool)
    {
        var definition = tool.Definition;
        var other = new JsonObject([.. definition.Where(p => !Known.Contains(p.Key)).Select(Copy)]);
        if (definition["description"] is { } description && Text(description) is null)
        {
            other["description"] = description.DeepClone();
        }

        if (definition["inputSchema"] is { } schema and not JsonObject)
        {
            other["inputSchema"] = schema.DeepClone();
        }

        if (definition["annotations"] is { } annotations)
        {
            var rest = annotations is JsonObject hints ? new JsonObject([.. hints.Where(h => !IsHint(h)).Select(Copy)]) : annotations.DeepClone();
            if (rest is not JsonObject { Count: 0 })
            {
                other["annotations"] = rest;
            }
        }

        return new()
        {
            Name = tool.Name,
            Description = Text(definition["description"]) ?? "",
            InputSchema = (definition["inputSchema"] as JsonObject)?.DeepClone().AsObject(),
            Annotations = definition["annotations"] is JsonObject known ? Hints(known) : null,
            Other = other.Count == 0 ? null : other,
        };

        static KeyValuePair<string, JsonNode?> Copy(KeyValuePair<string, JsonNode?> member) => new(member.Key, member.Value?.DeepClone());
    }

    private static bool IsHint(KeyValuePair<string, JsonNode?> member) =>
        KnownHints.Contains(member.Key) && (member.Key == "title" ? Text(member.Value) is not null : Flag(member.Value) is not null);

    private static ToolAnnotations? Hints(JsonObject json) => json.Any(IsHint)
        ? new()
        {
            Title = Text(json["title"]),
            ReadOnlyHint = Flag(json["readOnlyHint"]),
            DestructiveHint = Flag(json["destructiveHint"]),
            IdempotentHint = Flag(json["idempotentHint"]),
            OpenWorldHint = Flag(json["openWorldHint"]),
        }
        : null;

    private static JsonObject? ToJson(ToolAnnotations? hints)
    {
        var json = new JsonObject();
        foreach (var (name, value) in new (string, JsonNode?)[]
        {
            ("title", hints?.Title), ("readOnlyHint", hints?.ReadOnlyHint), ("destructiveHint", hints?.DestructiveHint),
            ("idempotentHint", hints?.IdempotentHint), ("openWorldHint", hints?.OpenWorldHint),
        })
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }

        return json.Count == 0 ? null : json;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool? Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    /// <summary>As it stands in manifests.</summary>
    internal static string? Word<T>(T? value) where T : struct, Enum => value is { } word ? JsonNamingPolicy.KebabCaseLower.ConvertName(word.ToString()) : null;
}
