namespace McpOperator.Protocol;

/// <summary>Methods that a program between client and server has to know.</summary>
public static class McpMethods
{
    /// <summary>Opens a session (until 2025-11-25).</summary>
    public const string Initialize = "initialize";

    /// <summary>Tells the server that the session is open (until 2025-11-25).</summary>
    public const string Initialized = "notifications/initialized";

    /// <summary>Asks whether the other side lives (until 2025-11-25).</summary>
    public const string Ping = "ping";

    /// <summary>Asks what a server is and can do (since 2026-07-28).</summary>
    public const string Discover = "server/discover";

    /// <summary>Asks for a stream of changes (since 2026-07-28).</summary>
    public const string Listen = "subscriptions/listen";

    /// <summary>First on such a stream: which changes will be told.</summary>
    public const string ListenAcknowledged = "notifications/subscriptions/acknowledged";

    /// <summary>Lists tools.</summary>
    public const string ToolsList = "tools/list";

    /// <summary>Calls a tool.</summary>
    public const string ToolsCall = "tools/call";

    /// <summary>The list of tools is another one now.</summary>
    public const string ToolsListChanged = "notifications/tools/list_changed";

    /// <summary>The list of prompts is another one now.</summary>
    public const string PromptsListChanged = "notifications/prompts/list_changed";

    /// <summary>The list of resources is another one now.</summary>
    public const string ResourcesListChanged = "notifications/resources/list_changed";

    /// <summary>A resource that somebody subscribed to has changed.</summary>
    public const string ResourcesUpdated = "notifications/resources/updated";

    /// <summary>Lists prompts.</summary>
    public const string PromptsList = "prompts/list";

    /// <summary>Gets a prompt.</summary>
    public const string PromptsGet = "prompts/get";

    /// <summary>Lists resources.</summary>
    public const string ResourcesList = "resources/list";

    /// <summary>Lists templates of resources' addresses.</summary>
    public const string ResourcesTemplatesList = "resources/templates/list";

    /// <summary>Reads a resource.</summary>
    public const string ResourcesRead = "resources/read";

    /// <summary>Asks to be told when a resource changes (until 2025-11-25).</summary>
    public const string ResourcesSubscribe = "resources/subscribe";

    /// <summary>Asks to be told no more (until 2025-11-25).</summary>
    public const string ResourcesUnsubscribe = "resources/unsubscribe";

    /// <summary>Completes an argument.</summary>
    public const string Complete = "completion/complete";

    /// <summary>Sets which log messages come (until 2025-11-25).</summary>
    public const string SetLevel = "logging/setLevel";

    /// <summary>A log message of the server.</summary>
    public const string LogMessage = "notifications/message";

    /// <summary>How far a request has come.</summary>
    public const string Progress = "notifications/progress";

    /// <summary>Nobody waits for a request any more.</summary>
    public const string Cancelled = "notifications/cancelled";

    /// <summary>The client's folders have changed (until 2025-11-25).</summary>
    public const string RootsListChanged = "notifications/roots/list_changed";

    /// <summary>From the server: asks the client's model (a request until 2025-11-25, an input request since 2026-07-28).</summary>
    public const string SamplingCreate = "sampling/createMessage";

    /// <summary>From the server: asks the client's user.</summary>
    public const string ElicitationCreate = "elicitation/create";

    /// <summary>From the server: asks for the client's folders.</summary>
    public const string RootsList = "roots/list";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        Initialize, Initialized, Ping, Discover, Listen, ListenAcknowledged, ToolsList, ToolsCall, ToolsListChanged, PromptsListChanged,
        ResourcesListChanged, ResourcesUpdated, PromptsList, PromptsGet, ResourcesList, ResourcesTemplatesList, ResourcesRead,
        ResourcesSubscribe, ResourcesUnsubscribe, Complete, SetLevel, LogMessage, Progress, Cancelled, RootsListChanged, SamplingCreate,
        ElicitationCreate, RootsList,
    };

    /// <summary>Whether the method is one of these: a metric's label must not be a word of the client's choice.</summary>
    public static bool IsKnown(string? method) => method is not null && Known.Contains(method);
}
