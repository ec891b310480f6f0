namespace McpOperator.Kube;

/// <summary>What happened to an object.</summary>
public enum WatchEventType
{
    /// <summary>The object is new, or came to match the selector.</summary>
    Added,

    /// <summary>The object changed.</summary>
    Modified,

    /// <summary>The object is gone, or ceased to match the selector.</summary>
    Deleted,

    /// <summary>Nothing happened up to a version; carries no object.</summary>
    Bookmark,
}

/// <summary>One line of a watch.</summary>
/// <typeparam name="T">The form in which the caller wants objects.</typeparam>
/// <param name="Type">What happened.</param>
/// <param name="Header">Name and version of the object; of a bookmark, the version only.</param>
/// <param name="Item">The object: for <see cref="WatchEventType.Deleted"/> its last state, for a bookmark null.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, ObjectHeader Header, T? Item);
