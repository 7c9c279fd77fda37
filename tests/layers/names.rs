//! Every path that a file names, as far as its text tells.

use std::collections::BTreeMap;

use syn::{
    buffer::{Cursor, TokenBuffer},
    ext::IdentExt,
    parse::Parser,
    visit::{self, Visit},
};

/// A path: from `crate::` where it is ours, from the crate's name where it is not.
pub struct Named {
    pub path: String,
    /// It stands in code that is compiled for tests alone.
    pub test_only: bool,
}

/// What a module's file names.
pub fn named(module: &str, source: &str) -> Vec<Named> {
    let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{module}: {error}"));
    let mut place: Vec<String> = module.split("::").map(str::to_owned).collect();
    if let ["main" | "lib"] = place.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        place.clear();
    }
    let mut reader = Reader {
        test_only: place.iter().any(|part| part == "tests"),
        place,
        found: Vec::new(),
    };
    reader.visit_file(&file);
    resolve(&reader.found)
}

/// The names that a file re-exports from its own modules, and the paths behind them.
pub fn reexports(source: &str) -> Vec<(String, String)> {
    let file = syn::parse_file(source).unwrap();
    let mut found = Vec::new();
    for item in file.items {
        if let syn::Item::Use(item) = item
            && matches!(item.vis, syn::Visibility::Public(_))
        {
            leaves(&item.tree, &mut Vec::new(), &mut |path, name| {
                found.push((name.to_owned(), path.join("::")));
            });
        }
    }
    found
}

/// A path as it was written, and the name it is known by if it was imported.
struct Raw {
    path: Vec<String>,
    /// Where it stands, to know what `super` means.
    place: Vec<String>,
    test_only: bool,
    import: Option<String>,
}

struct Reader {
    place: Vec<String>,
    test_only: bool,
    found: Vec<Raw>,
}

impl Reader {
    fn add(&mut self, path: Vec<String>, import: Option<String>) {
        self.found.push(Raw {
            path,
            place: self.place.clone(),
            test_only: self.test_only,
            import,
        });
    }

    /// Paths among tokens that are not parsed: the inside of macros and attributes.
    fn tokens(&mut self, mut at: Cursor<'_>, prefix: &[String], in_attribute: bool) {
        let mut path: Vec<String> = prefix.to_vec();
        while !at.eof() {
            if let Some((word, next)) = at.ident() {
                path.push(word.unraw().to_string());
                at = next;
                let Some(next) = colons(at) else {
                    self.end(&mut path, prefix);
                    continue;
                };
                at = next;
                if let Some((inner, _, _, next)) = at.any_group() {
                    self.tokens(inner, &path, in_attribute);
                    path = prefix.to_vec();
                    at = next;
                } else if at.ident().is_none() {
                    self.end(&mut path, prefix);
                }
            } else if let Some((inner, _, _, next)) = at.any_group() {
                self.tokens(inner, &[], in_attribute);
                at = next;
            } else if let Some((literal, next)) = at.literal() {
                let text = literal.to_string();
                let inner = text.trim_matches('"');
                if in_attribute
                    && inner.contains("::")
                    && let Ok(path) = syn::Path::parse_mod_style.parse_str(inner)
                {
                    self.visit_path(&path);
                }
                at = next;
            } else if let Some((_, next)) = at.token_tree() {
                at = next;
            } else {
                break;
            }
        }
    }

    fn end(&mut self, path: &mut Vec<String>, prefix: &[String]) {
        let whole = std::mem::replace(path, prefix.to_vec());
        if whole.len() > 1 {
            self.add(whole, None);
        }
    }

    fn within(&mut self, attributes: &[syn::Attribute], visit: impl FnOnce(&mut Self)) {
        let before = self.test_only;
        self.test_only |= attributes.iter().any(for_tests);
        visit(self);
        self.test_only = before;
    }
}

/// The place after `::`, if that is what comes.
fn colons(at: Cursor<'_>) -> Option<Cursor<'_>> {
    let (one, at) = at.punct()?;
    let (two, at) = at.punct()?;
    (one.as_char() == ':' && two.as_char() == ':').then_some(at)
}

/// Exactly `#[cfg(test)]`: anything wider also holds for the product.
fn for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Path>()
            .is_ok_and(|path| path.is_ident("test"))
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            syn::Item::Enum(item) => &item.attrs,
            syn::Item::Const(item) => &item.attrs,
            syn::Item::Static(item) => &item.attrs,
            syn::Item::Type(item) => &item.attrs,
            syn::Item::Trait(item) => &item.attrs,
            _ => &[],
        };
        self.within(attributes, |reader| visit::visit_item(reader, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.place.push(item.ident.unraw().to_string());
        visit::visit_item_mod(self, item);
        self.place.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        leaves(&item.tree, &mut Vec::new(), &mut |path, name| {
            self.add(path.to_vec(), Some(name.to_owned()));
        });
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let name = item.ident.to_string();
        let known = item
            .rename
            .as_ref()
            .map_or(name.clone(), |(_, other)| other.to_string());
        self.add(vec![name], Some(known));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let words = path.segments.iter().map(|part| part.ident.unraw());
            self.add(words.map(|word| word.to_string()).collect(), None);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        let buffer = TokenBuffer::new2(call.tokens.clone());
        self.tokens(buffer.begin(), &[], false);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.visit_path(&list.path);
        let buffer = TokenBuffer::new2(list.tokens.clone());
        self.tokens(buffer.begin(), &[], true);
    }
}

/// Calls back with every path of a `use`, and the name that it is known by.
fn leaves(tree: &syn::UseTree, path: &mut Vec<String>, found: &mut impl FnMut(&[String], &str)) {
    let before = path.len();
    match tree {
        syn::UseTree::Path(part) => {
            path.push(part.ident.unraw().to_string());
            leaves(&part.tree, path, found);
        }
        syn::UseTree::Name(part) => {
            let name = part.ident.unraw().to_string();
            if name != "self" {
                path.push(name);
            }
            let name = path.last().cloned().unwrap_or_default();
            found(path, &name);
        }
        syn::UseTree::Rename(part) => {
            let name = part.ident.unraw().to_string();
            if name != "self" {
                path.push(name);
            }
            found(path, &part.rename.unraw().to_string());
        }
        syn::UseTree::Glob(_) => {
            path.push("*".to_owned());
            found(path, "*");
        }
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, path, found);
            }
        }
    }
    path.truncate(before);
}

/// Follows `super`, `self` and names that the file imports.
fn resolve(raw: &[Raw]) -> Vec<Named> {
    let mut imports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in raw {
        if let Some(name) = &one.import {
            imports.insert(name.clone(), absolute(&one.path, &one.place));
        }
    }
    raw.iter()
        .map(|one| {
            let mut path = absolute(&one.path, &one.place);
            // What a `use` begins with may be imported itself, but never by that same `use`.
            if let Some(known) = path.first().and_then(|first| imports.get(first))
                && one.import.as_ref() != path.first()
            {
                path.splice(0..1, known.iter().cloned());
            }
            Named {
                path: path.join("::"),
                test_only: one.test_only,
            }
        })
        .collect()
}

fn absolute(path: &[String], place: &[String]) -> Vec<String> {
    let rest: Vec<String> = path
        .iter()
        .skip_while(|word| matches!(word.as_str(), "self" | "super"))
        .cloned()
        .collect();
    let led = &path[..path.len() - rest.len()];
    let ours = |words: Vec<String>| {
        let mut whole = vec!["crate".to_owned()];
        whole.extend(words);
        whole
    };
    if led.is_empty() {
        return match rest.first().map(String::as_str) {
            // The library, as the program beside it calls it.
            Some("rbconsole") => ours(rest[1..].to_vec()),
            _ => rest,
        };
    }
    let up = led.iter().filter(|word| *word == "super").count();
    let mut words = place[..place.len().saturating_sub(up)].to_vec();
    words.extend(rest);
    ours(words)
}
