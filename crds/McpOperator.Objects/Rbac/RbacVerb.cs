namespace McpOperator.Objects;

/// <summary>What RBAC tells apart, in the order in which people read it.</summary>
[Flags]
public enum RbacVerb
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Reading one object.</summary>
    Get = 1,

    /// <summary>Reading many.</summary>
    List = 2,

    /// <summary>Being told of changes.</summary>
    Watch = 4,

    /// <summary>Making one. Server-side apply of an object that is not there needs it too.</summary>
    Create = 8,

    /// <summary>Replacing one.</summary>
    Update = 16,

    /// <summary>Changing a part of one; server-side apply.</summary>
    Patch = 32,

    /// <summary>Deleting one.</summary>
    Delete = 64,
}
