namespace McpOperator.Protocol;

/// <summary>What a JSON-RPC message is.</summary>
public enum MessageKind
{
    /// <summary>It has a method and an id, and wants an answer.</summary>
    Request,

    /// <summary>It has a method and no id.</summary>
    Notification,

    /// <summary>It answers a request, with a result or with an error.</summary>
    Response,
}
