//! What a descriptor says about a system or a collection: names, notes, products with their settings.

use super::super::error::OvfError;
use super::super::limits;
use super::super::package::{About, Product, Property};
use super::super::xml::Element;
use super::Reader;

impl Reader<'_> {
    /// What is said about a system or a collection. Its id must be new.
    pub(super) fn about(&mut self, element: &Element) -> Result<About, OvfError> {
        let id = self.required(element, "id")?.to_owned();
        self.room(element, self.ids.len(), "virtual systems and collections")?;
        if !self.ids.insert(id.clone()) {
            return self.twice(element, &element.name, &id);
        }
        let mut products = Vec::new();
        for section in element.all("ProductSection") {
            products.push(self.product(section)?);
        }
        Ok(About {
            id,
            name: element.text_of("Name"),
            info: element.text_of("Info").unwrap_or_default(),
            annotation: element.first("AnnotationSection").and_then(|section| section.text_of("Annotation")),
            products,
        })
    }

    fn product(&self, section: &Element) -> Result<Product, OvfError> {
        let own = |name: &str| section.attribute(name).map(str::to_owned);
        let mut properties = Vec::new();
        for property in section.all("Property") {
            self.room(property, properties.len(), "properties of one product")?;
            let key = self.required(property, "key")?.to_owned();
            properties.push(Property {
                key,
                ty: property.attribute("type").unwrap_or("string").to_owned(),
                value: self.value(property).map(str::to_owned),
                label: property.text_of("Label"),
            });
        }
        Ok(Product {
            class: own("class").filter(|class| !class.is_empty()),
            instance: own("instance").filter(|instance| !instance.is_empty()),
            name: section.text_of("Product"),
            vendor: section.text_of("Vendor"),
            version: section.text_of("Version"),
            properties,
        })
    }

    /// The value of a property: that for the deployment option that is taken, or the one for all.
    fn value<'e>(&self, property: &'e Element) -> Option<&'e str> {
        let option = self.option.as_deref();
        let of_option = property.all("Value").find(|value| {
            option.is_some() && value.attribute("configuration").is_some_and(|of| Some(of) == option)
        });
        of_option.and_then(|value| value.attribute("value")).or_else(|| property.attribute("value"))
    }

    /// The settings of all products, wherever they stand.
    pub(super) fn collect_settings(&mut self, element: &Element) {
        for child in &element.children {
            if child.name == "Property" {
                if let (Some(key), Some(value)) = (child.attribute("key"), child.attribute("value"))
                    && self.settings.len() < limits::ENTITIES
                {
                    self.settings.entry(key.to_owned()).or_insert_with(|| value.to_owned());
                }
            } else {
                self.collect_settings(child);
            }
        }
    }
}
